"""Today's chain: Spark, Keras's MobileNetV2 in a pandas UDF, then Spark ML's StandardScaler and PCA.

The weights are random, as the official ones are a download of their own; they do not change the time.
"""

import io
import os
import time
from typing import Iterator

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import pandas as pd
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql.functions import col, element_at, pandas_udf, split

from protocol import FEATURES, REDUCED, serve
from spark import files, session


def network():
    from keras import Model
    from keras.applications.mobilenet_v2 import MobileNetV2

    whole = MobileNetV2(weights=None, include_top=True, input_shape=(224, 224, 3))
    return Model(inputs=whole.input, outputs=whole.layers[-2].output)


def preprocess(content: bytes) -> np.ndarray:
    from keras.applications.mobilenet_v2 import preprocess_input
    from keras.utils import img_to_array
    from PIL import Image

    return preprocess_input(img_to_array(Image.open(io.BytesIO(content)).convert("RGB").resize((224, 224))))


def start(settings):
    spark = session(settings, **{"spark.sql.execution.arrow.maxRecordsPerBatch": settings.batch})
    weights = spark.sparkContext.broadcast(network().get_weights())

    @pandas_udf("array<float>")
    def featurize(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        model = network()
        model.set_weights(weights.value)
        for contents in batches:
            inputs = np.stack(contents.map(preprocess))
            features = model.predict(inputs, batch_size=settings.predict_batch, verbose=0)
            yield pd.Series([row.flatten() for row in features])

    def embed(images, out):
        labelled = files(spark, images).withColumn("label", element_at(split(col("path"), "/"), -2))
        spread = labelled.repartition(settings.partitions)
        spread.select("path", "label", featurize("content").alias("features")).write.parquet(out)

    def reduce(features, out):
        rows = spark.read.parquet(features).withColumn("vector", array_to_vector("features")).cache()
        scaler = StandardScaler(inputCol="vector", outputCol="scaled", withMean=True, withStd=True).fit(rows)
        scaled = scaler.transform(rows)
        pca = PCA(k=settings.components, inputCol="scaled", outputCol="reduced").fit(scaled)
        pca.transform(scaled).select("path", "label", vector_to_array("reduced").alias("pca")).write.parquet(out)
        rows.unpersist()

    def job(images, out):
        began = time.monotonic()
        embed(images, f"{out}/features")
        embedded = time.monotonic()
        reduce(f"{out}/features", f"{out}/pca")
        return {FEATURES: embedded - began, REDUCED: time.monotonic() - began}

    return job


if __name__ == "__main__":
    serve(start, "pyspark", "tensorflow-cpu", "keras", "Pillow")
