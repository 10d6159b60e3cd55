"""The job of the jar on Spark, from a bucket into the same bucket, by S3A."""

import json
import os
import sys
from pathlib import Path

import pytest
import results
from server import REGION
from small import SMALL

sys.path.append(str(Path(__file__).parents[1] / "spark"))

from job import SparkJob, environment_of  # noqa: E402
from sparks import spark_packages  # noqa: E402

BUILD = Path(os.environ.get("COULIS_BUILD", Path(__file__).resolve().parents[2] / "build" / "release"))
OPTIONS = tuple(option for option in SMALL if option not in ("--threads", 2))


@pytest.fixture
def job(program, s3, tmp_path) -> SparkJob:
    jars = os.environ.get("COULIS_S3A_JARS")
    if not jars:
        pytest.skip("COULIS_S3A_JARS is not set: scripts/test spark sets it")
    home = Path(spark_packages()) / "pyspark"
    conf = {"spark.jars": ",".join(map(str, sorted(Path(jars).glob("*.jar")))), "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false", "spark.driver.memory": "800m",
            "spark.driver.extraJavaOptions": f"-Dcoulis.cache.dir={tmp_path / 'native'}",
            # The server's folders are the disk's.
            "spark.hadoop.fs.s3a.directory.marker.retention": "keep"}
    return SparkJob(home, BUILD / "spark" / "coulis-spark.jar", environment_of(program) | s3.environment, conf)


def test_a_run_from_a_bucket_into_it_is_that_on_a_disk(job, program, s3, photos, local, tmp_path):
    photographs = s3.upload(photos, "photos")
    out = s3.uri("results")
    job(photographs, "--out", out, "--allow-region", "eu", *OPTIONS, *s3.flags())
    downloaded = s3.download("results", tmp_path / "downloaded")
    results.assert_same_results(local, downloaded, 1e-9)
    program("validate", out, *s3.flags())
    record = json.loads(s3.get("results/run.json"))
    assert record["options"]["inputs"] == [photographs] and record["storage"]["regions"] == {s3.name: REGION}
    assert not [key for key in s3.keys("results") if ".incomplete" in key and not key.endswith("/")]
    assert not s3.uploads() and "results/.lock" not in s3.keys()

    # What is added is taken up; who is at work is respected, and where nothing may lie nothing is read.
    s3.put("photos/plum/another.jpg", (photos / "plum" / "plum_0003.jpg").read_bytes())
    program("run", photographs, "--out", out, "--resume", *SMALL, *s3.flags())
    assert json.loads(s3.get("results/run.json"))["counts"]["images"] == 25
    s3.put("results/.lock", json.dumps({"host": "elsewhere", "pid": 1, "since": "2026-01-31T12:00:00Z", "boot": "b n",
                                        "ticks": 1, "id": "x"}).encode())
    assert "process 1 of elsewhere" in job.fails(1, photographs, "--out", out, "--overwrite", *OPTIONS, *s3.flags())
    refused = job.fails(2, photographs, "--out", s3.uri("other"), "--allow-region", "eu-north-1", *OPTIONS, *s3.flags())
    assert f"bucket {s3.name} lies in {REGION} (Paris, FR)" in refused and not s3.keys("other")
