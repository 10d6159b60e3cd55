"""The resize to 224 x 224 alone: each kernel of Coulis, and Pillow's, in turn on each decoded image.

    python bench/resize_bench.py BUILD [--images 12] [--rounds 5] [--sizes 100x100 640x480 1920x1080 4000x3000]

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON. The photographs are made by `coulis synth`. Processor time of one
thread; a ratio is the median over images and rounds of two times that were taken one after the other.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

from PIL import Image

from comparison import machine
from decode_bench import Timer


def pillow(image: Image.Image) -> float:
    start = time.thread_time()
    image.resize((224, 224)).tobytes()
    return (time.thread_time() - start) * 1e6


def measure(timer: Timer, kernels: list[str], paths: list[pathlib.Path], rounds: int) -> dict[str, list[float]]:
    """Microseconds by way; the first round warms up and is dropped."""
    times = {way: [] for way in ["pillow", *kernels]}
    for path in paths:
        image = Image.open(path).convert("RGB")
        for turn in range(rounds + 1):
            for way, taken in times.items():
                microseconds = pillow(image) if way == "pillow" else timer(f"resize-{way}", path)
                if turn > 0:
                    taken.append(microseconds)
    return times


def row(size: str, times: dict[str, list[float]]) -> str:
    cells = [size, *(f"{statistics.median(taken) / 1000:.3f}" for taken in times.values())]
    fastest = list(times.values())[-1]
    for taken in list(times.values())[:-1]:
        cells.append(f"{statistics.median(a / b for a, b in zip(taken, fastest, strict=True)):.2f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", default=["100x100", "640x480", "1920x1080", "4000x3000"])
    given = parser.parse_args()
    build = given.build.resolve()
    kernels = subprocess.run([build / "bench" / "image_timer", "kernels"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout.split()
    names = ["Pillow", *kernels]
    heads = ["size", *(f"{name} ms" for name in names), *(f"{name} / {names[-1]}" for name in names[:-1])]
    print(f"{machine.describe()}\n")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    timer = Timer(build)
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            photos = pathlib.Path(folder, size)
            subprocess.run([build / "cli" / "coulis", "synth", "--count", str(given.images), "--size", size, "--out",
                            photos, "--quiet"], check=True)
            print(row(size, measure(timer, kernels, sorted(photos.rglob("*.jpg")), given.rounds)), flush=True)


if __name__ == "__main__":
    main()
