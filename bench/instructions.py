"""How many instructions an image takes, counted by callgrind: the same on a busy machine as on a quiet one.

    python bench/instructions.py BUILD

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON; `valgrind` must be there. A count is the difference between a run
with some and one with more of the same, divided by how many more. Callgrind knows AVX2 but not AVX-512. The pipeline is
`coulis embed` of photographs of 32 x 32 with a tiny network: listing, reading, queues, rows and Parquet, without what
the decoder, the resize and the engine take.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from memory_bench import network, plant

SIZES = ("100x100", "640x480", "1920x1080")
APART = {"decode + resize": "coulis::Preprocessor::Run(", "engine": "coulis::InferRequest::Run("}


def callgrind(work: pathlib.Path, command: list, lines: str = "", **variables) -> pathlib.Path:
    counts = work / "callgrind.out"
    counts.unlink(missing_ok=True)
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", "--quiet", *map(str, command)],
                   input=lines, text=True, stdout=subprocess.DEVNULL, env=os.environ | variables, check=True)
    return counts


def total(counts: pathlib.Path) -> int:
    return int(re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[1])


def inclusive(counts: pathlib.Path) -> dict[str, int]:
    """Of the functions in APART, with all that they call."""
    table = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", counts], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for name, function in APART.items():
        of_function = [line for line in table.splitlines() if function in line]
        if not of_function:
            sys.exit(f"{function}…) was not seen by callgrind: was the build stripped?")
        found[name] = int(of_function[0].split()[0].replace(",", ""))
    return found


def resize(build: pathlib.Path, work: pathlib.Path) -> None:
    kernels = ["scalar", "avx2"]
    print(f"| resize to 224 x 224, instructions an image | {' | '.join(kernels)} |\n|{'---|' * (len(kernels) + 1)}")
    for size in SIZES:
        photos = work / size
        subprocess.run([build / "cli" / "coulis", "synth", "--count", "1", "--size", size, "--out", photos, "--quiet"],
                       check=True)
        photo = next(photos.rglob("*.jpg"))
        cells = []
        for kernel in kernels:
            few, more = (total(callgrind(work, [build / "bench" / "image_timer"], f"resize-{kernel} {photo}\n" * times))
                         for times in (1, 6))
            cells.append(f"{(more - few) / 5:,.0f}")
        print(f"| {size} | {' | '.join(cells)} |", flush=True)


def pipeline(build: pathlib.Path, work: pathlib.Path, few: int, more: int) -> None:
    coulis = build / "cli" / "coulis"
    models = {"COULIS_MODELS": str(work / "models")}
    made = network(work / "tiny.onnx", shape=(1, 3, 32, 32))
    subprocess.run([coulis, "models", "import", made, "--name", "tiny", "--quiet"], check=True, env=os.environ | models)
    subprocess.run([coulis, "synth", "--count", "20", "--size", "32x32", "--out", work / "photos", "--quiet"], check=True)
    photographs = [path.read_bytes() for path in sorted((work / "photos").rglob("*.jpg"))]
    counted = []
    for count in (few, few, more):  # The first fills the cache of compiled networks.
        tree, results = work / f"tree-{len(counted)}", work / f"results-{len(counted)}"
        plant(photographs, tree, count)
        counts = callgrind(work, [coulis, "embed", tree, "--out", results, "--model", "tiny", "--threads", 1, "--quiet"],
                           **models)
        counted.append({"whole": total(counts)} | inclusive(counts))
    each = {name: (counted[2][name] - counted[1][name]) / (more - few) for name in counted[0]}
    each["pipeline"] = each["whole"] - sum(each[name] for name in APART)
    print("\n| `coulis embed`, 32 x 32, tiny network | instructions an image |\n|---|---|")
    for name in (*APART, "pipeline"):
        print(f"| {name} | {each[name]:,.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--few", type=int, default=200)
    parser.add_argument("--more", type=int, default=1200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        resize(given.build.resolve(), pathlib.Path(folder))
        pipeline(given.build.resolve(), pathlib.Path(folder), given.few, given.more)


if __name__ == "__main__":
    main()
