"""The job on Spark: against the command, on one and on two workers, and its memory by the number of images.

    python bench/spark_bench.py BUILD [--images FOLDER] [--rounds 2] [--counts 10000 100000 1000000] [--work FOLDER]

BUILD is a build folder with spark/coulis-spark.jar. Spark is that of bench/compare's environment for today's chain.

First, in turn: `coulis run` on two threads, the job in local[2], on one worker of two cores, and on two workers of one core
each; mobilenet_v2, f32. Seconds are those of run.json, from the listing to the last file: of the features, and with the PCA.

Then: many images, hard links to photographs of 32 x 32, through a tiny network, on two workers of one core. The driver's and
the executors' peak memory; their heaps are bounded (1 GB and 600 MB), and what is outside of them is not.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "cli"), str(ROOT / "tests" / "spark")]
from cluster import Cluster, processes  # noqa: E402
from comparison import environments, machine  # noqa: E402
from comparison.memory import descendants, high_water  # noqa: E402
from memory_bench import plant  # noqa: E402
from networks import network  # noqa: E402

ROLES = {"org.apache.spark.deploy.SparkSubmit": "driver", "CoarseGrainedExecutorBackend": "executor"}


class Spark:
    def __init__(self, build: Path, work: Path):
        python = environments.python_of("today")
        where = subprocess.check_output([python, "-c", "import pyspark; print(pyspark.__path__[0])"], text=True).strip()
        self.home, self.jar, self.work = Path(where), build / "spark" / "coulis-spark.jar", work
        self.environment = os.environ | {"SPARK_HOME": where, "SPARK_LOCAL_IP": "127.0.0.1", "COULIS_MODELS": str(work / "models")}

    def cluster(self, name: str, workers: int, cores: int) -> Cluster:
        return Cluster(self.home, self.work / name, self.environment, workers, cores)

    def run(self, master: str, images: Path, out: Path, *options, **variables) -> dict:
        """What run.json says of the time."""
        conf = {"spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false", "spark.driver.memory": "1g",
                "spark.executor.memory": "600m"}
        settings = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
        command = [self.home / "bin" / "spark-submit", "--master", master, *settings, "--class", "coulis.spark.Main", self.jar,
                   images, "--out", out, "--overwrite", "--quiet", *map(str, options)]
        subprocess.run(command, env=self.environment | variables, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return timing(out)


def timing(results: Path) -> dict:
    return json.loads((results / "run.json").read_text(encoding="utf-8"))["timing"]


def speeds(spark: Spark, coulis: Path, images: Path, rounds: int) -> None:
    def local() -> dict:
        subprocess.run([coulis, "run", images, "--out", spark.work / "local", "--threads", "2", "--overwrite", "--quiet"],
                       check=True, stdin=subprocess.DEVNULL)
        return timing(spark.work / "local")

    own = {"COULIS_MODELS": os.environ.get("COULIS_MODELS", str(Path.home() / ".local" / "share" / "coulis" / "models"))}

    def standalone(workers: int, cores: int) -> dict:
        cluster = spark.cluster(f"cluster-{workers}-{time.monotonic_ns()}", workers, cores)
        try:
            return spark.run(cluster.url, images, spark.work / "spark", **own)
        finally:
            cluster.stop()

    sides = {"coulis run, 2 threads": local,
             "Spark, local[2]": lambda: spark.run("local[2]", images, spark.work / "spark", **own),
             "Spark, one worker of two cores": lambda: standalone(1, 2),
             "Spark, two workers of one core": lambda: standalone(2, 1)}
    taken = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            seconds = side()
            taken[name].append((seconds["embed_seconds"], seconds["embed_seconds"] + seconds["reduce_seconds"]))
    count = json.loads((spark.work / "local" / "run.json").read_text(encoding="utf-8"))["counts"]["images"]
    print(f"| {count:,} images | features: images/s | of the command's | features and PCA: images/s | of the command's |\n"
          "|---|---|---|---|---|")
    first = taken["coulis run, 2 threads"]
    for name, turns in taken.items():
        cells = [name]
        for task in 0, 1:
            rate = count / statistics.median(turn[task] for turn in turns)
            ratio = statistics.median(mine[task] / turn[task] for mine, turn in zip(first, turns, strict=True))
            cells += [f"{rate:.0f}", f"{ratio:.3f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


class Peaks:
    """The peak memory in MB of each role, while it runs."""

    def __init__(self):
        self.of = {role: 0.0 for role in ROLES.values()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            ours = set(descendants())
            for number, _, line in processes():
                if number not in ours:
                    continue
                for text, role in ROLES.items():
                    if text in line and "java" in line.split(" ", 1)[0]:
                        self.of[role] = max(self.of[role], high_water(number) / 2**20)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def memory(spark: Spark, coulis: Path, counts: list[int]) -> None:
    run = {"env": spark.environment, "check": True, "stdin": subprocess.DEVNULL}
    subprocess.run([coulis, "models", "import", network(spark.work / "tiny.onnx", shape=(1, 3, 32, 32)), "--name", "tiny",
                    "--quiet"], **run)
    subprocess.run([coulis, "synth", "--count", "20", "--size", "32x32", "--out", spark.work / "small", "--quiet"], **run)
    photographs = [path.read_bytes() for path in sorted((spark.work / "small").rglob("*.jpg"))]
    print("\n| images of 32 x 32 | driver, peak MB | executor, peak MB | features: images/s | whole job: images/s |\n"
          "|---|---|---|---|---|")
    for count in counts:
        tree = spark.work / f"tree-{count}"
        plant(photographs, tree, count)
        cluster = spark.cluster(f"cluster-{count}", workers=2, cores=1)
        began = time.monotonic()
        try:
            with Peaks() as peaks:
                seconds = spark.run(cluster.url, tree, spark.work / f"results-{count}", "--model", "tiny", "--components", 2)
        finally:
            cluster.stop()
        print(f"| {count:,} | {peaks.of['driver']:.0f} | {peaks.of['executor']:.0f} | {count / seconds['embed_seconds']:,.0f} | "
              f"{count / (time.monotonic() - began):,.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--images", type=Path, default=os.environ.get("COULIS_FRUITS360"))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    coulis = options.build.resolve() / "cli" / "coulis"
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        spark = Spark(options.build.resolve(), Path(folder))
        print(f"{machine.version(coulis)}; {machine.describe()}\n", flush=True)
        if options.rounds:
            speeds(spark, coulis, options.images, options.rounds)
        if options.counts:
            memory(spark, coulis, options.counts)


if __name__ == "__main__":
    main()
