"""The job of the jar on Spark, from a bucket into the same bucket, by S3A."""

import json
import os
import sys
import threading
import time
from pathlib import Path

import faults as fault
import pytest
import results
from command import ended
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
    # As on EMR: the model is in the bucket, and no machine of the cluster has it.
    s3.upload(Path(program.environment["COULIS_MODELS"]), "code/models")
    elsewhere = job.set({"spark.hadoop.coulis.models": s3.uri("code/models").replace("s3://", "s3a://")}).having(COULIS_MODELS=tmp_path / "none")
    elsewhere(photographs, "--out", out, "--allow-region", "eu", *OPTIONS, *s3.flags())
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


def test_a_lock_is_kept_fresh_and_holds_until_it_is_stolen(job, program, s3, faults, photos, local, tmp_path):
    photographs, out = s3.upload(photos, "photos"), s3.uri("results")
    at_work, released = threading.Event(), threading.Event()
    faults.add(fault.call(lambda: (at_work.set(), released.wait(300))), kind="get", path=r"\.jpg$")

    def written():
        return s3.client.head_object(Bucket=s3.name, Key="results/.lock")["LastModified"]

    with job.started(photographs, "--out", out, *OPTIONS, *s3.flags(faults.endpoint)) as process:
        try:
            assert at_work.wait(120), ended(process)
            before = written()
            refused = job.fails(1, photographs, "--out", out, "--resume", *OPTIONS, *s3.flags())
            assert "another run is at work" in refused and "last seen" in refused and "--steal-lock" in refused
            while (written() - before).seconds < 10:  # Only against a lock that is never written anew.
                assert process.poll() is None
                time.sleep(0.5)
            assert "last seen" in program.fails(1, "run", photographs, "--out", out, "--resume", *SMALL, *s3.flags())
            job(photographs, "--out", out, "--overwrite", "--steal-lock", *OPTIONS, *s3.flags())
        finally:
            released.set()
        outcome = ended(process)
    assert outcome.code == 1 and "taken over" in outcome.err, outcome
    results.assert_same_results(local, s3.download("results", tmp_path / "found"), 1e-9)
    assert "results/.lock" not in s3.keys()
