"""The stages over Spark Connect, which Spark 4 has."""

import os

import pytest
from sparks import ROOT


def test_the_stages_work_over_spark_connect(jar, run):
    """The server finds the stages by Java's ServiceLoader; what a model knows is in the tables that it is saved as."""
    client = os.environ.get("COULIS_SPARK_CONNECT")
    if not client:
        pytest.skip("COULIS_SPARK_CONNECT is not set: scripts/test spark sets it, for Spark 4")
    lines = run(f"""
from pyspark.sql import SparkSession
builder = SparkSession.builder.remote("local[1]").config("spark.jars", {str(jar)!r})
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
import coulis.spark
from coulis.spark import ImageEmbedder, ScaledPCA, ScaledPCAModel
from pyspark.ml import Pipeline, PipelineModel
rows = spark.createDataFrame([[[float(i), float(i * i % 7), float(i % 3)]] for i in range(30)], "features array<float>")
Pipeline(stages=[ScaledPCA(k=2)]).fit(rows).save("chain")
expected = PipelineModel.load("chain").transform(rows).collect()
model = ScaledPCA(k=2).fit(rows)
model.write().overwrite().save("model")
print(ScaledPCAModel.load("model").transform(rows).collect() == expected == model.transform(rows).collect())
print(ScaledPCAModel.fromResults("model").transform(rows).collect() == expected)
print(spark.read.parquet("model/pca_model/components.parquet").count())
for call in lambda: model.mean, lambda: ScaledPCA(k=9).fit(rows), \\
        lambda: ImageEmbedder(model="nowhere").transform(spark.createDataFrame([[bytearray(1)]], "content binary")).collect():
    try:
        print("fine", call())
    except Exception as error:
        print(str(error).splitlines()[0])
""", ROOT / "python", client)
    assert lines[:3] == ["True", "True", "2"]
    for text, line in zip(["save the model", "cannot keep 9 components", "there is no model nowhere"], lines[3:], strict=True):
        assert text in line, lines
