"""PCA over many features: Coulis (streaming from a file), scikit-learn and Spark ML (in memory), in turn on the same data.

    python bench/pca_bench.py BUILD [--rows 50000] [--dims 1280] [--rounds 3] [--threads 2] [--spark]

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON. scikit-learn runs StandardScaler, then
PCA(0.95, svd_solver="covariance_eigh") with as many threads of its BLAS, on float32 as the features are, and on float64,
which is what Coulis computes in. --spark: Coulis's ScaledPCA (BUILD/spark/coulis-spark.jar) and Spark ML's StandardScaler
and PCA too, for Coulis's k, in local[threads], in the environment that bench/compare makes for today's chain. The times of the others are without reading the file, Coulis's
with it. Prints seconds, ratios (above 1: Coulis is faster) and the peak memory of each, its children included.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow
import pyarrow.parquet

from comparison import environments
from comparison.memory import PeakMemory

PEERS = pathlib.Path(__file__).parent / "peers"
SKLEARN = """
import sys, time
import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
rows = np.fromfile(sys.argv[1], np.float32).reshape(-1, int(sys.argv[2])).astype(sys.argv[3], copy=False)
start = time.perf_counter()
pca = PCA(0.95, svd_solver="covariance_eigh").fit(StandardScaler().fit_transform(rows))
print(time.perf_counter() - start, pca.n_components_)
"""


def write_features(path: pathlib.Path, rows: int, dims: int) -> None:
    """Few strong factors and noise, clipped at zero: like a network's last pooling."""
    random = np.random.default_rng(1)
    weights = random.standard_normal((200, dims), np.float32) / np.arange(1, 201, dtype=np.float32)[:, None]
    with open(path, "wb") as file:
        for first in range(0, rows, 1000):
            count = min(1000, rows - first)
            block = random.standard_normal((count, 200), np.float32) @ weights
            block += 0.2 * random.standard_normal((count, dims), np.float32)
            np.maximum(block, 0, out=block).tofile(file)


def coulis(build: pathlib.Path, path: pathlib.Path, dims: int, threads: int) -> tuple[float, int]:
    """Seconds and k."""
    words = subprocess.run([build / "bench" / "pca_timer", path, str(dims), "0.95", str(threads)], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split()
    return float(words[1]) + float(words[3]), int(words[5])


def scikit_learn(path: pathlib.Path, dims: int, threads: int, dtype: str) -> tuple[float, int]:
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", SKLEARN, path, str(dims), dtype], env=environment, check=True,
                          stdout=subprocess.PIPE, text=True)
    seconds, k = done.stdout.split()
    return float(seconds), int(k)


def write_parquet(rows: pathlib.Path, dims: int, path: pathlib.Path) -> None:
    schema = pyarrow.schema({"features": pyarrow.list_(pyarrow.float32())})
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        values = np.memmap(rows, np.float32, "r").reshape(-1, dims)
        for first in range(0, len(values), 2048):
            block = values[first:first + 2048]
            lists = pyarrow.ListArray.from_arrays(np.arange(0, block.size + 1, dims, np.int32), block.ravel())
            writer.write_table(pyarrow.table([lists], schema))


def on_spark(program: str, python: pathlib.Path, path: pathlib.Path, k: int, threads: int, *more) -> tuple[float, int]:
    done = subprocess.run([python, PEERS / program, path, str(k), str(threads), "6g", *more], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return float(done.stdout.split()[0]), k


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--dims", type=int, default=1280)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--spark", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rows.f32")
        write_features(path, given.rows, given.dims)
        sides = {"Coulis": lambda: coulis(given.build, path, given.dims, given.threads)}
        for dtype in "float32", "float64":
            sides[f"scikit-learn {dtype}"] = lambda dtype=dtype: scikit_learn(path, given.dims, given.threads, dtype)
        if given.spark:
            environments.java()
            python, features = environments.python_of("today"), pathlib.Path(folder, "rows.parquet")
            write_parquet(path, given.dims, features)
            jar = given.build.resolve() / "spark" / "coulis-spark.jar"
            for name, program, more in ("Coulis on Spark", "spark_scaled_pca.py", [jar]), ("Spark ML", "spark_pca.py", []):
                sides[name] = lambda program=program, more=more: on_spark(
                    program, python, features, measured["Coulis"][0][1], given.threads, *more)
        measured = {name: [] for name in sides}
        for _ in range(given.rounds):
            for name, run in sides.items():
                with PeakMemory() as memory:
                    seconds, k = run()
                measured[name].append((seconds, k, memory.peak))
    print("| | seconds | ratio to Coulis | k | peak memory MB |\n|---|---|---|---|---|")
    for name, runs in measured.items():
        ratio = statistics.median(run[0] / own[0] for run, own in zip(runs, measured["Coulis"], strict=True))
        seconds = statistics.median(run[0] for run in runs)
        print(f"| {name} | {seconds:.2f} | {ratio:.2f} | {runs[0][1]} | {max(run[2] for run in runs) / 2**20:.0f} |")


if __name__ == "__main__":
    main()
