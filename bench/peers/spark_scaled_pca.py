"""Coulis's ScaledPCA over a Parquet file of features, for bench/pca_bench.py: as spark_pca.py measures Spark ML's.

    python spark_scaled_pca.py FILE K THREADS MEMORY JAR

Prints the seconds of the fit, after one of a few rows and the rows being cached, and the largest explained variance ratio.
"""

import sys
import time
import types
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "python"))

from coulis.spark import ScaledPCA
from spark import session
from spark_pca import WARM_UP


def main() -> None:
    path, k, threads, memory, jar = sys.argv[1:]
    spark = session(types.SimpleNamespace(threads=threads, memory=memory), **{"spark.jars": jar})
    rows = spark.read.parquet(path).repartition(2 * int(threads)).select("features")
    rows.cache().count()
    ScaledPCA(k=int(k)).fit(rows.limit(WARM_UP))
    start = time.monotonic()
    model = ScaledPCA(k=int(k)).fit(rows)
    print(time.monotonic() - start, model.explainedVarianceRatio[0])


if __name__ == "__main__":
    main()
