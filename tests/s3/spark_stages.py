"""The stages of the jar on s3a://, in one session. Prints as JSON what tests/s3/test_spark_stages.py looks at.

    python spark_stages.py BUCKET ENDPOINT REGION CACHE JAR...      credentials as the AWS tools take them

BUCKET holds `results`, of a run of the command with the model "small" on what it holds in `photos`.
"""

import json
import sys

import coulis.spark
from coulis.spark import ImageEmbedder, ScaledPCA, ScaledPCAModel

# One task, so that requests at the same time are those of its readers.
SETTINGS = {"spark.master": "local[1]", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g", "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
            "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider"}


def said(model, features) -> dict:
    return {"rows": model.fittedRows, "mean": model.mean.toArray().tolist(), "scale": model.scale.toArray().tolist(),
            "components": model.components.toArray().tolist(),
            "pca": {row["path"]: row["pca"] for row in model.transform(features).collect()}}


def main() -> None:
    bucket, endpoint, region, cache, *jars = sys.argv[1:]
    spark = coulis.spark.session(SETTINGS | {
        "spark.jars": ",".join(jars), "spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.endpoint.region": region,
        "spark.driver.extraJavaOptions": f"-Dcoulis.cache.dir={cache}"})
    features = spark.read.parquet(f"{bucket}/results/features").cache()
    fitted = ScaledPCA(k=3).fit(features)
    fitted.save(f"{bucket}/saved")
    fitted.writePcaModel(f"{bucket}/written")
    models = {"fitted": fitted, "loaded": ScaledPCAModel.load(f"{bucket}/saved"),
              "written": ScaledPCAModel.fromResults(f"{bucket}/written"), "local": ScaledPCAModel.fromResults(f"{bucket}/results")}
    told = {name: said(model, features) for name, model in models.items()}

    paths = [row["path"] for row in features.select("path").orderBy("path").collect()] + ["missing.jpg"]
    named = spark.createDataFrame([[f"{bucket}/photos/{path}"] for path in paths], "image string").coalesce(1)
    rows = ImageEmbedder(model="small", inputCol="image").transform(named).collect()
    told["embedded"] = [[row["image"].split("/photos/")[1], row["features"], row["error"]] for row in rows]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
