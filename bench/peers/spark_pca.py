"""Spark ML's StandardScaler and PCA over a Parquet file of features, for bench/pca_bench.py.

    python spark_pca.py FILE K THREADS MEMORY

Prints the seconds of both fits, the rows being cached before, and the largest explained variance ratio.
"""

import sys
import time
import types

from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector

from spark import session


def main() -> None:
    path, k, threads, memory = sys.argv[1:]
    spark = session(types.SimpleNamespace(threads=threads, memory=memory))
    rows = spark.read.parquet(path).repartition(2 * int(threads)).select(array_to_vector("features").alias("vector"))
    rows.cache().count()
    start = time.monotonic()
    scaler = StandardScaler(inputCol="vector", outputCol="scaled", withMean=True, withStd=True).fit(rows)
    pca = PCA(k=int(k), inputCol="scaled", outputCol="reduced").fit(scaler.transform(rows))
    print(time.monotonic() - start, pca.explainedVariance[0])


if __name__ == "__main__":
    main()
