"""Spark ML's StandardScaler and PCA over a Parquet file of features, for bench/pca_bench.py.

    python spark_pca.py FILE K THREADS MEMORY

Prints the seconds of both fits, after those of a few rows and the rows being cached, and the largest explained variance ratio.
"""

import sys
import time
import types

from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector

from spark import session

WARM_UP = 2000  # rows that are fitted first: what a JVM does for the first time is slow


def main() -> None:
    path, k, threads, memory = sys.argv[1:]
    spark = session(types.SimpleNamespace(threads=threads, memory=memory))
    rows = spark.read.parquet(path).repartition(2 * int(threads)).select(array_to_vector("features").alias("vector"))
    rows.cache().count()
    fit(rows.limit(WARM_UP), int(k))
    start = time.monotonic()
    pca = fit(rows, int(k))
    print(time.monotonic() - start, pca.explainedVariance[0])


def fit(rows, k: int):
    scaler = StandardScaler(inputCol="vector", outputCol="scaled", withMean=True, withStd=True).fit(rows)
    return PCA(k=k, inputCol="scaled", outputCol="reduced").fit(scaler.transform(rows))


if __name__ == "__main__":
    main()
