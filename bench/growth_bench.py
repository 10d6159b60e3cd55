"""How cost grows: time per image by the number of images, and speed by the number of threads.

    python bench/growth_bench.py BUILD PHOTOGRAPHS [--counts 1000 10000 100000] [--rounds 3] [--work FOLDER]

BUILD is a build folder. Images are hard links to copies of PHOTOGRAPHS (.jpg, at any depth), in FOLDER. Two networks
embed them: mobilenet_v2, as people use it, and a tiny one made on the spot, so that what is timed is Coulis itself.
`coulis run` with its PCA; the counts, and the numbers of threads, take turns. The time is that of run.json, from the
first image listed to the last vector written. Of mobilenet_v2 each run follows one of the engine alone, its ceiling.
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

    def engine_rate(self, images: pathlib.Path, threads: int) -> float:
        """Images/s of mobilenet_v2 on inputs that are ready."""
        done = subprocess.run([self.coulis, "bench", images, "--images", "1000", "--rounds", "1", "--threads",
                               str(threads), "--json", "--quiet"], check=True, capture_output=True)
        stages = json.loads(done.stdout)["stages"]
        return next(stage["images_per_second"] for stage in stages if stage["stage"] == "engine alone")


def by_count(runner: Runner, model: str, trees: dict[int, pathlib.Path], rounds: int) -> None:
    measured, shares = {count: [] for count in trees}, {count: [] for count in trees}
    for _ in range(rounds):
        for count, tree in trees.items():
            ceiling = None if model == "tiny" else runner.engine_rate(tree, machine.cores())
            measured[count].append(runner.seconds(model, tree, machine.cores()))
            if ceiling:
                shares[count].append(count / ceiling / sum(measured[count][-1]))
    first = None
    print(f"\n| {model}: images | ms per image, embedding | against the first | PCA, s | whole, of the engine alone |"
          "\n|---|---|---|---|---|")
    for count, runs in measured.items():
        each = statistics.median(embed for embed, _ in runs) / count * 1000
        first = first or each
        share = f"{statistics.median(shares[count]):.3f}" if shares[count] else "-"
        print(f"| {count:,} | {each:.3f} | {each / first:.3f} | {statistics.median(pca for _, pca in runs):.2f} | {share} |",
              flush=True)


def by_threads(runner: Runner, images: pathlib.Path, count: int, rounds: int) -> None:
    numbers = sorted({1, 2, machine.cores()})
    rates, ceilings = {number: [] for number in numbers}, {number: [] for number in numbers}
    for _ in range(rounds):
        for number in numbers:
            ceilings[number].append(runner.engine_rate(images, number))
            rates[number].append(count / runner.seconds("mobilenet_v2", images, number, count)[0])
    print("\n| mobilenet_v2: threads | images/s | ratio to one | engine alone | ratio to one |\n|---|---|---|---|---|")
    for number in numbers:
        print(f"| {number} | {times(rates, number)} | {times(ceilings, number)} |", flush=True)


def times(rates: dict[int, list[float]], number: int) -> str:
    """The median rate with so many threads, and the median of its ratios to one thread's."""
    ratio = statistics.median(own / one for one, own in zip(rates[1], rates[number], strict=True))
    return f"{statistics.median(rates[number]):.0f} | {ratio:.2f}"


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
