"""The Spark session of both peers that use Spark: all cores of this machine, in one JVM."""

from pyspark.sql import SparkSession


def session(settings, **options) -> SparkSession:
    builder = SparkSession.builder.master(f"local[{settings.threads}]").appName("bench/compare")
    fixed = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
             "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": settings.memory}
    for name, value in (fixed | options).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def files(spark, images: str):
    """Each picture below a folder: path, content, ..."""
    reader = spark.read.format("binaryFile").option("pathGlobFilter", "*.jpg")
    return reader.option("recursiveFileLookup", "true").load(images)
