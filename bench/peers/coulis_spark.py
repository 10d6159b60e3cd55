"""Coulis on Spark: ImageEmbedder, then ScaledPCA over the features, from PySpark."""

import sys
import time

from protocol import FEATURES, REDUCED, serve
from spark import files, session


def start(settings):
    sys.path.append(settings.package)
    spark = session(settings, **{"spark.jars": settings.jar})
    from coulis.spark import ImageEmbedder, ScaledPCA

    embedder = ImageEmbedder(model=settings.model, precision=settings.precision)

    def job(images, out):
        began = time.monotonic()
        embedder.transform(files(spark, images)).select("path", "features", "error").write.parquet(f"{out}/features")
        embedded = time.monotonic()
        features = spark.read.parquet(f"{out}/features")
        ScaledPCA().fit(features).transform(features).select("path", "pca").write.parquet(f"{out}/pca")
        return {FEATURES: embedded - began, REDUCED: time.monotonic() - began}

    return job


if __name__ == "__main__":
    serve(start, "pyspark")
