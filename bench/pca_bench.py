"""PCA over many features: Coulis (streaming from a file) and scikit-learn (in memory), in turn on the same data.

    python bench/pca_bench.py BUILD [--rows 50000] [--dims 1280] [--rounds 3] [--threads 2]

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON. scikit-learn runs StandardScaler, then
PCA(0.95, svd_solver="covariance_eigh") with as many threads of its BLAS, on float32 as the features are, and on float64,
which is what Coulis computes in. Its time is without reading the file, Coulis's with it. Prints seconds, ratios (above
1: Coulis is faster) and the peak memory of either process.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

SKLEARN = """
import resource, sys, time
import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
rows = np.fromfile(sys.argv[1], np.float32).reshape(-1, int(sys.argv[2])).astype(sys.argv[3], copy=False)
start = time.perf_counter()
pca = PCA(0.95, svd_solver="covariance_eigh").fit(StandardScaler().fit_transform(rows))
print(time.perf_counter() - start, pca.n_components_, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
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


def coulis(build: pathlib.Path, path: pathlib.Path, dims: int, threads: int) -> tuple[float, int, int]:
    """Seconds, k and peak KiB."""
    process = subprocess.Popen([build / "bench" / "pca_timer", path, str(dims), "0.95", str(threads)],
                               stdout=subprocess.PIPE, text=True)
    words = process.stdout.read().split()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return float(words[1]) + float(words[3]), int(words[5]), usage.ru_maxrss


def scikit_learn(path: pathlib.Path, dims: int, threads: int, dtype: str) -> tuple[float, int, int]:
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", SKLEARN, path, str(dims), dtype], env=environment, check=True,
                          capture_output=True, text=True)
    seconds, k, peak = done.stdout.split()
    return float(seconds), int(k), int(peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--dims", type=int, default=1280)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rows.f32")
        write_features(path, given.rows, given.dims)
        sides = {"Coulis": lambda: coulis(given.build, path, given.dims, given.threads)}
        for dtype in "float32", "float64":
            sides[f"scikit-learn {dtype}"] = lambda dtype=dtype: scikit_learn(path, given.dims, given.threads, dtype)
        measured = {name: [] for name in sides}
        for _ in range(given.rounds):
            for name, run in sides.items():
                measured[name].append(run())
    print("| | seconds | ratio to Coulis | k | peak memory MB |\n|---|---|---|---|---|")
    for name, runs in measured.items():
        ratio = statistics.median(run[0] / own[0] for run, own in zip(runs, measured["Coulis"], strict=True))
        seconds = statistics.median(run[0] for run in runs)
        print(f"| {name} | {seconds:.2f} | {ratio:.2f} | {runs[0][1]} | {max(run[2] for run in runs) / 1024:.0f} |")


if __name__ == "__main__":
    main()
