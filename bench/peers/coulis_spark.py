"""Coulis on Spark: ImageEmbedder, then ScaledPCA over the features, from PySpark."""

import sys
import time

from protocol import FEATURES, REDUCED, serve
from spark import files, session


def start(settings):
    sys.path.append(settings.package)
    spark = session(settings, **{"spark.jars": settings.jar, "spark.sql.files.openCostInBytes": settings.open_cost})
    from coulis.spark import ImageEmbedder, ScaledPCA

    embedder = ImageEmbedder(model=settings.model, precision=settings.precision)

    def write(rows, folder):
        # No two numbers of a feature are alike: a dictionary of them is work for nothing.
        rows.write.option("parquet.enable.dictionary", "false").parquet(folder)

    def job(images, out):
        began = time.monotonic()
        write(embedder.transform(files(spark, images)).select("path", "features", "error"), f"{out}/features")
        embedded = time.monotonic()
        features = spark.read.parquet(f"{out}/features")
        write(ScaledPCA().fit(features).transform(features).select("path", "pca"), f"{out}/pca")
        return {FEATURES: embedded - began, REDUCED: time.monotonic() - began}

    return job


if __name__ == "__main__":
    serve(start, "pyspark")
