"""How cost grows: time per image by the number of images, and speed by the number of threads.

    python bench/growth_bench.py BUILD PHOTOGRAPHS [--counts 1000 10000 100000] [--rounds 3] [--work FOLDER]

BUILD is a build folder. Images are hard links to copies of PHOTOGRAPHS (.jpg, at any depth), in FOLDER. Two networks embed them: mobilenet_v2, as people use it, and a tiny one made on the spot, so that what is
timed is Coulis itself. `coulis run` with its PCA; the counts, and the numbers of threads, take turns. The time is that of
run.json, from the first image listed to the last vector written.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from comparison import machine
from memory_bench import network, plant


class Runner:
    def __init__(self, coulis: pathlib.Path, work: pathlib.Path):
        self.coulis, self.work = coulis, work
        self.tiny = {"COULIS_MODELS": str(work / "models")}
        made = network(work / "tiny.onnx", shape=(1, 3, 32, 32))
        subprocess.run([coulis, "models", "import", made, "--name", "tiny", "--quiet"], check=True,
                       env=os.environ | self.tiny)

    def seconds(self, model: str, images: pathlib.Path, threads: int, limit: int = 0) -> tuple[float, float]:
        """Embedding, and PCA besides."""
        results = self.work / "results"
        subprocess.run([self.coulis, "run", images, "--out", results, "--model", model, "--threads", str(threads),
                        "--limit", str(limit), "--components", "2" if model == "tiny" else "0.95", "--quiet"],
                       check=True, env=os.environ | (self.tiny if model == "tiny" else {}))
        timing = json.loads((results / "run.json").read_text(encoding="utf-8"))["timing"]
        shutil.rmtree(results)
        return timing["embed_seconds"], timing["reduce_seconds"]


def by_count(runner: Runner, model: str, trees: dict[int, pathlib.Path], rounds: int) -> None:
    measured = {count: [] for count in trees}
    for _ in range(rounds):
        for count, tree in trees.items():
            measured[count].append(runner.seconds(model, tree, machine.cores()))
    first = None
    print(f"\n| {model}: images | ms per image, embedding | against the first | PCA, s |\n|---|---|---|---|")
    for count, runs in measured.items():
        each = statistics.median(embed for embed, _ in runs) / count * 1000
        first = first or each
        print(f"| {count:,} | {each:.3f} | {each / first:.3f} | {statistics.median(pca for _, pca in runs):.2f} |",
              flush=True)


def by_threads(runner: Runner, images: pathlib.Path, count: int, rounds: int) -> None:
    numbers = sorted({1, 2, machine.cores()})
    measured = {number: [] for number in numbers}
    for _ in range(rounds):
        for number in numbers:
            measured[number].append(runner.seconds("mobilenet_v2", images, number, count)[0])
    print("\n| mobilenet_v2: threads | images/s | ratio to one |\n|---|---|---|")
    for number, seconds in measured.items():
        ratio = statistics.median(one / own for one, own in zip(measured[1], seconds, strict=True))
        print(f"| {number} | {count / statistics.median(seconds):.0f} | {ratio:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="+", default=["tiny", "mobilenet_v2"])
    parser.add_argument("--work", type=pathlib.Path)
    given = parser.parse_args()
    print(f"{machine.describe()}; {given.rounds} rounds in turn")
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        work = pathlib.Path(folder)
        photographs = [path.read_bytes() for path in sorted(given.photographs.rglob("*.jpg"))[:2000]]
        trees = {}
        for count in given.counts:
            trees[count] = work / f"tree-{count}"
            plant(photographs, trees[count], count)
        runner = Runner(given.build.resolve() / "cli" / "coulis", work)
        for model in given.models:
            by_count(runner, model, trees, given.rounds)
        by_threads(runner, trees[given.counts[-1]], min(1000, given.counts[-1]), given.rounds)


if __name__ == "__main__":
    main()
