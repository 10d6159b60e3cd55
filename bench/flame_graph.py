"""A flame graph of `coulis run`, as an SVG: where the processor's time goes.

    python bench/flame_graph.py BUILD PHOTOGRAPHS --out docs/flame_graph.svg [--images 1000] [--frequency 499]

`perf` samples the whole process and unwinds its stacks by their debug information. The engine's kernels are generated
while it runs and have no names: they stand as one frame. A frame is as wide as its share of the samples; hover over it
for its name and share. Frames below --least of all samples are left out.
"""

import argparse
import collections
import html
import pathlib
import re
import subprocess
import tempfile

WIDTH, ROW, LETTER = 1200, 17, 6.5
# Frames between a caller and what it calls that say nothing.
BETWEEN = re.compile(r"^(std::(_Function_handler|__invoke|invoke|__apply|thread::|_Bind)|__libc_start|_start$|__clone|clone3?$|start_thread)")
KERNELS = "generated kernels of the engine"


class Frame:
    def __init__(self):
        self.count = 0
        self.callees = collections.defaultdict(Frame)

    def add(self, stack: list[str]) -> None:
        self.count += 1
        if stack:
            self.callees[stack[0]].add(stack[1:])

    def depth(self, least: float) -> int:
        return 1 + max((frame.depth(least) for frame in self.callees.values() if frame.count >= least), default=0)


def short(symbol: str, library: str) -> str:
    """A name without arguments, template arguments and namespaces of the compiler."""
    if symbol == "[unknown]":
        name = pathlib.PurePath(library).name
        return KERNELS if "anon" in name or "perf-" in name or name == "[unknown]" else name
    symbol = re.sub(r"\(anonymous namespace\)::", "", symbol)
    while (fewer := re.sub(r"<[^<>]*>|\([^()]*\)", "", symbol)) != symbol:
        symbol = fewer
    return re.sub(r" const$|\[clone.*|@plt$", "", symbol).strip() or "?"


def stacks(script: str):
    """Outermost frame first; equal neighbours once, as templates repeat themselves."""
    for sample in script.split("\n\n"):
        frames = re.findall(r"^\s+[0-9a-f]+ (.+?) \(([^()]*(?:\([^()]*\))?[^()]*)\)$", sample, re.MULTILINE)
        stack = [short(re.sub(r"\+0x[0-9a-f]+$", "", symbol), library) for symbol, library in reversed(frames)]
        stack = [frame for frame in stack if not BETWEEN.match(frame)] or stack
        yield [frame for i, frame in enumerate(stack) if i == 0 or frame != stack[i - 1]]


def colour(name: str) -> str:
    for start, hue in (("coulis::", "#e8743b"), (KERNELS, "#5899da"), ("ov::", "#8db9e8"), ("lib", "#c9c9c9")):
        if name.startswith(start):
            return hue
    return "#e6c35c"


def draw(frame: Frame, name: str, x: float, level: int, scale: float, least: float, whole: int, lines: list[str]) -> None:
    width = frame.count * scale
    y = level * ROW
    share = f"{html.escape(name)}: {frame.count / whole:.1%}"
    text = name if len(name) * LETTER < width else name[: max(0, int(width / LETTER) - 1)]
    lines.append(f'<g><title>{share}</title><rect x="{x:.1f}" y="{y}" width="{max(width - 0.5, 0.5):.1f}" '
                 f'height="{ROW - 1}" fill="{colour(name)}"/>')
    lines.append(f'<text x="{x + 3:.1f}" y="{y + 12}">{html.escape(text)}</text></g>')
    for callee, below in sorted(frame.callees.items()):
        if below.count >= least:
            draw(below, callee, x, level + 1, scale, least, whole, lines)
            x += below.count * scale


def record(coulis: pathlib.Path, photographs: pathlib.Path, images: int, frequency: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "perf.data")
        subprocess.run(["perf", "record", "-q", "-F", str(frequency), "-e", "cpu-clock", "--call-graph", "dwarf,16384",
                        "-o", data, coulis, "run", photographs, "--out", pathlib.Path(folder, "results"), "--limit",
                        str(images), "--quiet"], check=True)
        return subprocess.run(["perf", "script", "-i", data, "-F", "comm,tid,time,event,ip,sym,dso"], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--frequency", type=int, default=499)
    parser.add_argument("--least", type=float, default=0.003)
    given = parser.parse_args()
    root = Frame()
    for stack in stacks(record(given.build.resolve() / "cli" / "coulis", given.photographs, given.images,
                               given.frequency)):
        if stack:
            root.add(stack)
    least = given.least * root.count
    height = root.depth(least) * ROW
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" '
             'font-size="11"><rect width="100%" height="100%" fill="#ffffff"/>']
    draw(root, f"coulis run, {given.images} images: {root.count} samples", 0, 0, WIDTH / root.count, least, root.count,
         lines)
    given.out.write_text("\n".join([*lines, "</svg>\n"]), encoding="utf-8")


if __name__ == "__main__":
    main()
