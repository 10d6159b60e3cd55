"""Reads the features of a result with Spark, by s3a, and prints what it sees. Run with Spark's Python:

    python spark_reads.py S3A_URI ENDPOINT REGION JAR...      credentials as the AWS tools take them
"""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def main() -> None:
    uri, endpoint, region, *jars = sys.argv[1:]
    settings = {"spark.jars": ",".join(jars), "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": "1g",
                "spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.endpoint.region": region,
                "spark.hadoop.fs.s3a.path.style.access": "true",
                "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    features = builder.getOrCreate().read.parquet(uri)
    total = f.aggregate("features", f.lit(0.0), lambda sum_so_far, value: sum_so_far + value)
    rows = features.select("path", "label", f.size("features"), total).orderBy("path").collect()
    print(json.dumps({"type": features.schema["features"].dataType.simpleString(), "rows": [list(row) for row in rows]}))


if __name__ == "__main__":
    main()
