"""Spark reads a result straight from a bucket."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import results
from server import REGION
from small import SMALL

READS = Path(__file__).parent / "spark_reads.py"


@pytest.fixture(scope="module")
def spark() -> tuple[str, list[Path]]:
    """Its Python, and the jars that it needs for s3a."""
    python, jars = os.environ.get("COULIS_SPARK_PYTHON"), os.environ.get("COULIS_S3A_JARS")
    if not python or not jars:
        pytest.skip("COULIS_SPARK_PYTHON and COULIS_S3A_JARS are not set: scripts/test spark sets them")
    return python, sorted(Path(jars).glob("*.jar"))


def test_spark_reads_features_from_a_bucket(spark, program, s3, photos, local):
    program("run", photos, "--out", s3.uri("results"), *SMALL, *s3.flags())
    python, jars = spark
    uri = s3.uri("results/features").replace("s3://", "s3a://")
    done = subprocess.run([python, READS, uri, s3.server.endpoint, REGION, *jars], check=False,
                          env=os.environ | s3.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert seen["type"] == "array<float>"
    expected = results.rows(local).sort_index()
    assert [row[:3] for row in seen["rows"]] == [
        [path, row["label"], len(row["features"])] for path, row in expected.iterrows()]
    for (*_, total), features in zip(seen["rows"], expected["features"], strict=True):
        assert total == pytest.approx(float(sum(map(float, features))), abs=1e-5)
