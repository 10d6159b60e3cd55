"""ScaledPCA, its model and ImageEmbedder of the jar on a bucket, by S3A."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import results
from server import REGION
from small import SMALL

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "spark"))

from sparks import spark_packages  # noqa: E402

BUILD = Path(os.environ.get("COULIS_BUILD", ROOT / "build" / "release"))
TOGETHER = 4
ENOUGH_SECONDS = 20  # Only where requests never come together.


class Meeting:
    """A fault: requests wait for each other, until as many as TOGETHER have been there at the same time."""

    def __init__(self):
        self._barrier = threading.Barrier(TOGETHER)
        self.took_place = threading.Event()

    def __call__(self, exchange) -> None:
        if not self.took_place.is_set():
            try:
                self._barrier.wait(ENOUGH_SECONDS)
                self.took_place.set()
            except threading.BrokenBarrierError:
                pass
        exchange.go_on()


@pytest.fixture
def on_spark(s3, faults, program, tmp_path):
    """Runs spark_stages.py, whose requests pass by `faults`; gives what it prints."""
    jars = os.environ.get("COULIS_S3A_JARS")
    if not jars:
        pytest.skip("COULIS_S3A_JARS is not set: scripts/test spark sets it")

    def run() -> dict:
        packages = [ROOT / "python", spark_packages(), Path(np.__file__).parents[1]]
        environment = {"PYTHONPATH": ":".join(map(str, packages)), "SPARK_LOCAL_IP": "127.0.0.1",
                       "COULIS_JAR": str(BUILD / "spark" / "coulis-spark.jar"),
                       "COULIS_MODELS": str(program.environment["COULIS_MODELS"])}
        bucket = s3.uri().replace("s3://", "s3a://")
        done = subprocess.run([sys.executable, Path(__file__).with_name("spark_stages.py"), bucket, faults.endpoint, REGION,
                               tmp_path / "cache", *sorted(Path(jars).glob("*.jar"))],
                              env=os.environ | s3.environment | environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return run


def test_stages_read_and_write_a_bucket(on_spark, program, s3, faults, photos, local, tmp_path):
    program("run", s3.upload(photos, "photos"), "--out", s3.uri("results"), *SMALL, *s3.flags())
    meeting = Meeting()
    faults.add(meeting, kind="get", path="/photos/")
    told = on_spark()

    # Models: what was fitted here, saved, loaded and written is that of the command, whose own is read as it is.
    mean, scale, components = results.pca_model(s3.download("results", tmp_path / "results"))
    for name in "fitted", "loaded", "written", "local":
        model, tolerance = told[name], 0 if name == "local" else 1e-9
        assert model["rows"] == 24
        for part, value in ("mean", mean), ("scale", scale), ("components", components):
            np.testing.assert_allclose(model[part], value, rtol=tolerance, atol=tolerance, err_msg=f"{name}: {part}")
    assert told["fitted"] == told["loaded"] == told["written"]
    expected = results.rows(tmp_path / "results", "pca")["pca"]
    assert {path: np.array(pca, np.float32).tobytes() for path, pca in told["local"]["pca"].items()} == {
        path: pca.tobytes() for path, pca in expected.items()}
    program("run", photos, "--out", tmp_path / "projected", "--pca-from", s3.uri("written"), *SMALL[:4], *s3.flags())

    # Images: in the order of the rows, several asked for at the same time, one that is missing is a row.
    features = results.rows(local)["features"]
    *embedded, missing = told["embedded"]
    assert [path for path, *_ in embedded] == sorted(features.index)
    assert all(np.array(found, np.float32).tobytes() == features[path].tobytes() for path, found, _ in embedded)
    assert missing[:2] == ["missing.jpg", None] and "missing.jpg" in missing[2]
    assert meeting.took_place.is_set()
