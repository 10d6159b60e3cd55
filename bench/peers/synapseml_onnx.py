"""SynapseML: ImageTransformer and ONNXModel, both inside the JVM."""

from pathlib import Path

from pyspark.sql.functions import col
from pyspark.sql.types import FloatType

from protocol import serve
from spark import files, session


def start(settings):
    spark = session(settings, **{"spark.jars": ",".join(map(str, Path(settings.jars).glob("*.jar")))})
    # Their classes look for the JVM's at import.
    from synapse.ml.onnx import ONNXModel
    from synapse.ml.opencv import ImageTransformer

    scale = [value / 255 for value in settings.scale]
    mean = [value / 255 for value in settings.mean]
    pixels = (ImageTransformer(inputCol="image", outputCol="pixels").resize((settings.height, settings.width), False)
              .normalize(mean, scale, 1 / 255).setToTensor(True).setTensorElementType(FloatType()))
    network = (ONNXModel().setModelLocation(settings.onnx).setDeviceType("CPU").setMiniBatchSize(settings.batch)
               .setFeedDict({"image": "pixels"}).setFetchDict({"features": "features"}))

    def job(images, out):
        rows = files(spark, images).withColumnRenamed("content", "image").select("path", "image")
        rows = rows.repartition(settings.partitions)
        network.transform(pixels.transform(rows)).select("path", "features").write.parquet(f"{out}/features")

    return job


if __name__ == "__main__":
    serve(start, "pyspark", "synapseml")
