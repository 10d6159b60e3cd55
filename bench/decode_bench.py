"""Decode + resize to 224 x 224: Coulis exact and fast, Pillow, and libjpeg-turbo's bare decode, in turn on each image.

    python bench/decode_bench.py BUILD [--images 12] [--rounds 5] [--sizes 640x480 1920x1080 4000x3000]

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON. The photographs are made by `coulis synth`. All times are
processor time of one thread; a ratio is the median over images and rounds of two times that were taken one after the
other. The table is what docs/performance.md shows.
"""

import argparse
import io
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image

WAYS = ("exact", "pillow", "fast", "libjpeg")


class Timer:
    """The program image_timer, kept running."""

    def __init__(self, build: pathlib.Path):
        self.process = subprocess.Popen([build / "bench" / "image_timer"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def __call__(self, way: str, path: pathlib.Path) -> float:
        self.process.stdin.write(f"{way} {path}\n")
        return float(self.process.stdout.readline())


def pillow(path: pathlib.Path) -> float:
    data = io.BytesIO(path.read_bytes())
    start = time.thread_time()
    Image.open(data).convert("RGB").resize((224, 224)).tobytes()
    return (time.thread_time() - start) * 1e6


def measure(timer: Timer, images: list[pathlib.Path], rounds: int) -> dict[str, list[float]]:
    """Microseconds by way; the same place is the same image and turn. The first round warms up and is dropped."""
    times = {way: [] for way in WAYS}
    for turn in range(rounds + 1):
        for path in images:
            for way in WAYS:
                microseconds = pillow(path) if way == "pillow" else timer(way, path)
                if turn > 0:
                    times[way].append(microseconds)
    return times


def row(size: str, times: dict[str, list[float]]) -> str:
    def ratio(way: str, to: str) -> float:
        return statistics.median(a / b for a, b in zip(times[way], times[to], strict=True))

    milliseconds = [statistics.median(times[way]) / 1000 for way in ("exact", "pillow", "libjpeg", "fast")]
    return (f"| {size} | " + " | ".join(f"{value:.2f}" for value in milliseconds) +
            f" | {ratio('pillow', 'exact'):.2f} | {ratio('exact', 'libjpeg'):.2f} | {ratio('exact', 'fast'):.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", default=["640x480", "1920x1080", "4000x3000"])
    given = parser.parse_args()
    timer = Timer(given.build.resolve())
    print("| size | exact ms | Pillow ms | libjpeg alone ms | fast ms | Pillow / exact | exact / libjpeg | exact / fast |\n"
          "|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            photos = pathlib.Path(folder, size)
            subprocess.run([given.build / "cli" / "coulis", "synth", "--count", str(given.images), "--size", size,
                            "--out", photos, "--quiet"], check=True)
            times = measure(timer, sorted(photos.rglob("*.jpg")), given.rounds)
            print(row(size, times))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
