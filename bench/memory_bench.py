"""Peak memory of `coulis run` by number and size of images, and how soon it begins in a large tree.

    python bench/memory_bench.py BUILD [--counts 10000 1000000] [--work FOLDER] [--large 24]

BUILD is a build folder. Many images are hard links to a few photographs of 32 x 32, embedded by a tiny network that is
made on the spot, so that what is seen is what grows with their number. The large ones are 4000 x 3000, embedded by the
installed mobilenet_v2 on two threads. FOLDER should be on tmpfs or a fast disk, with room for the links.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from comparison.memory import high_water

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "cli"))
from networks import network  # noqa: E402

PER_FOLDER = 1000
LINKS_OF_ONE_FILE = 50_000  # ext4 allows 65,000.


def run(coulis: pathlib.Path, *arguments, **variables) -> tuple[float, float]:
    """Seconds and peak MB, looked at a hundred times a second."""
    start, peak = time.monotonic(), 0
    process = subprocess.Popen([coulis, *map(str, arguments)], env=os.environ | variables)
    while process.poll() is None:
        peak = max(peak, high_water(process.pid))
        time.sleep(0.01)
    assert process.returncode == 0, arguments
    return time.monotonic() - start, peak / 2**20


def plant(photographs: list[bytes], folder: pathlib.Path, count: int) -> None:
    """A tree of `count` images."""
    originals = folder.with_name(folder.name + "-originals")
    originals.mkdir(parents=True)
    for number in range(count):
        kind, generation = number % len(photographs), number // (LINKS_OF_ONE_FILE * len(photographs))
        original = originals / f"{kind}-{generation}.jpg"
        if not original.exists():
            original.write_bytes(photographs[kind])
        if number % PER_FOLDER == 0:
            label = folder / f"label-{number // PER_FOLDER:06d}"
            label.mkdir(parents=True)
        os.link(original, label / f"photograph-{number:08d}.jpg")


def many(coulis: pathlib.Path, work: pathlib.Path, counts: list[int]) -> None:
    models = {"COULIS_MODELS": str(work / "models")}
    run(coulis, "models", "import", network(work / "tiny.onnx", shape=(1, 3, 32, 32)), "--name", "tiny", "--quiet",
        **models)
    run(coulis, "synth", "--count", 20, "--size", "32x32", "--out", work / "photos", "--quiet")
    photographs = [path.read_bytes() for path in sorted((work / "photos").rglob("*.jpg"))]
    tiny = ("--model", "tiny", "--threads", 2, "--quiet")
    print("| images of 32 x 32 | peak MB | against the first | images/s | seconds until 16 images are embedded |\n"
          "|---|---|---|---|---|")
    first = None
    for count in counts:
        tree = work / f"tree-{count}"
        plant(photographs, tree, count)
        begun, _ = run(coulis, "embed", tree, "--out", work / f"begun-{count}", "--limit", 16, *tiny, **models)
        seconds, peak = run(coulis, "run", tree, "--out", work / f"results-{count}", "--components", 2, *tiny,
                            **models)
        first = first or peak
        print(f"| {count:,} | {peak:.0f} | {peak / first:.3f} | {count / seconds:,.0f} | {begun:.2f} |", flush=True)


def large(coulis: pathlib.Path, work: pathlib.Path, count: int) -> None:
    run(coulis, "synth", "--count", count, "--size", "4000x3000", "--out", work / "large", "--quiet")
    print("\n| 4000 x 3000, mobilenet_v2, 2 threads | peak MB |\n|---|---|")
    for mode in "exact", "fast":
        _, peak = run(coulis, "run", work / "large", "--out", work / f"large-{mode}", "--threads", 2, "--decode", mode,
                      "--quiet")
        print(f"| --decode {mode} | {peak:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000])
    parser.add_argument("--large", type=int, default=24, help="0: none")
    parser.add_argument("--work", type=pathlib.Path)
    given = parser.parse_args()
    coulis = given.build.resolve() / "cli" / "coulis"
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        many(coulis, pathlib.Path(folder), given.counts)
        if given.large:
            large(coulis, pathlib.Path(folder), given.large)


if __name__ == "__main__":
    main()
