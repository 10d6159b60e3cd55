"""The wheel of python/: it carries the jar, starts sessions with it, and says what is missing."""

import subprocess
import sys
import zipfile

import pytest
from sparks import ROOT


def test_the_wheel_holds_the_package_and_the_jar(wheel, jar):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == {"coulis/__init__.py", "coulis/spark/__init__.py", "coulis/spark/_session.py", "coulis/spark/coulis-spark.jar"}
        assert archive.read("coulis/spark/coulis-spark.jar") == jar.read_bytes()
    assert wheel.name.endswith("-py3-none-any.whl")


def test_an_installed_wheel_starts_a_session_that_fits(wheel, run, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    subprocess.run([sys.executable, "-m", "pip", "--python", tmp_path / "venv", "install", "--quiet", "--no-index", "--no-deps",
                    wheel], check=True)
    lines = run("""
import coulis.spark
print(coulis.spark.jar())
spark = coulis.spark.session(SETTINGS, master="local[1]", appName="named")
rows = spark.createDataFrame([[[1.0, 2.0]], [[2.0, 1.0]], [[0.0, 5.0]]], "features array<double>")
print(coulis.spark.ScaledPCA(k=1).fit(rows).fittedRows)
print(coulis.spark.session() is spark or coulis.spark.session()._jsparkSession.equals(spark._jsparkSession))
print(spark.sparkContext.appName, spark.sparkContext.master)
try:
    coulis.spark.session({"spark.executor.memory": "3g"}, master="local[7]")
except RuntimeError as error:
    print(error)
try:
    coulis.spark.session(cores=2)
except TypeError as error:
    print(error)
""", program=tmp_path / "venv" / "bin" / "python")
    assert lines[0].startswith(str(tmp_path / "venv")) and lines[0].endswith("coulis-spark.jar")
    assert lines[1:4] == ["3", "True", "named local[1]"]
    assert "spark.executor.memory, spark.master" in lines[4] and "stop it first" in lines[4] and "cores" in lines[5]


def test_what_is_missing_is_told(run):
    lines = run("""
import os
import coulis.spark
from pyspark.sql import SparkSession
def tell(call):
    try:
        print("fine", call())
    except coulis.spark.JarMissing as error:
        print(error)
tell(coulis.spark.jar)
os.environ["COULIS_JAR"] = "nowhere.jar"
tell(coulis.spark.session)
tell(coulis.spark.ScaledPCA)
builder = SparkSession.builder.master("local[1]")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
other = builder.getOrCreate()
tell(coulis.spark.ImageEmbedder)
tell(lambda: coulis.spark.ScaledPCAModel.fromResults("results"))
tell(coulis.spark.session)
other.stop()
os.environ["COULIS_JAR"] = coulis.spark.__file__
tell(coulis.spark.session)  # The JVM of the other session has it not.
print(SparkSession.getActiveSession())
os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
try:
    coulis.spark.ScaledPCA()
except RuntimeError as error:
    print(error)
""", ROOT / "python")
    expected = ["carries no coulis-spark.jar", "COULIS_JAR is nowhere.jar", "there is no Spark session", *["has not coulis-spark.jar"] * 4,
                "None", "need Spark 4.0, this is 3.5"]
    assert len(lines) == len(expected) and all(text in line for text, line in zip(expected, lines, strict=True)), lines
