"""Coulis's job on Spark: `coulis run --engine spark`, started anew for each job. Its own clock (run.json) counts from the
listing of the folder to the last Parquet file; starting and stopping Spark, and validation at the end, are its start-up."""

import os

import pyspark
from coulis_run import runs_of
from protocol import serve


def start(settings):
    return runs_of(settings, "--engine", "spark", "--master", f"local[{settings.threads}]", "--driver-memory", settings.memory,
                   "--spark-conf", "spark.ui.enabled=false", "--spark-conf", "spark.driver.host=127.0.0.1",
                   COULIS_JAR=settings.jar, SPARK_HOME=os.path.dirname(pyspark.__file__), SPARK_LOCAL_IP="127.0.0.1")


if __name__ == "__main__":
    serve(start, "pyspark")
