"""The job on a standalone cluster of two workers, whose processes are killed: the rows of the command, to the bit."""

import os
import signal
import time
from pathlib import Path

import pytest
import results
from cluster import ENOUGH_SECONDS, Cluster
from command import ended

# More parts than the cluster does at once, so that there is a middle.
OPTIONS = ("--rows-per-part", 16, "--components", 4, "--max-bad", 1)


@pytest.fixture(scope="module")
def cluster(job, tmp_path_factory) -> Cluster:
    started = Cluster(job.home, tmp_path_factory.mktemp("cluster") / "cluster", job.environment)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def many(photos, tmp_path_factory) -> Path:
    """The photographs, six times."""
    folder = tmp_path_factory.mktemp("many") / "photos"
    for copy in range(6):
        for photo in photos.glob("*/*.jpg"):
            link = folder / f"{copy}" / photo.parent.name / photo.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.hardlink_to(photo)
    return folder


@pytest.fixture(scope="module")
def expected(coulis, many, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("expected") / "results"
    coulis("run", many, "--out", folder, *OPTIONS)
    return folder


@pytest.fixture
def on_cluster(job, cluster, models_folder):
    return job.having(COULIS_MODELS=models_folder).on(
        cluster.url, spark_executor_memory="600m", spark_executor_cores=1, spark_speculation="true",
        spark_speculation_interval="50ms", spark_speculation_multiplier=1.1, spark_speculation_quantile=0.3)


def wait_for_parts(out: Path, count: int, process) -> None:
    until = time.monotonic() + ENOUGH_SECONDS
    while len(results.parts(out / ".incomplete")) < count:
        assert process.poll() is None and time.monotonic() < until, ended(process)
        time.sleep(0.02)


def assert_is(expected: Path, out: Path) -> None:
    results.assert_same_results(expected, out, 1e-9)
    assert sorted(path.name for path in out.iterdir()) == ["features", "pca", "pca_model", "run.json"]
    assert {part.name for part in results.parts(out)} == {
        Path(part["file"]).name for part in results.record(out)["features"]}


def test_an_executor_killed_in_the_middle_and_speculation_leave_no_trace(on_cluster, cluster, many, expected, tmp_path):
    out = tmp_path / "out"
    with on_cluster.started(many, "--out", out, *OPTIONS) as process:
        wait_for_parts(out, 2, process)
        os.kill(cluster.executors()[0], signal.SIGKILL)
        outcome = ended(process)
    assert outcome.code == 0 and "coulis: " not in outcome.err, outcome
    assert "validated   11 checks passed" in outcome.out
    assert_is(expected, out)


def test_a_lost_worker_leaves_no_trace(on_cluster, cluster, many, expected, tmp_path):
    out = tmp_path / "out"
    try:
        with on_cluster.started(many, "--out", out, *OPTIONS) as process:
            wait_for_parts(out, 2, process)
            cluster.lose_worker()
            outcome = ended(process)
    finally:
        cluster.add_worker()
    assert outcome.code == 0, outcome
    assert_is(expected, out)


def test_a_killed_driver_leaves_what_resume_completes(on_cluster, coulis, many, expected, tmp_path):
    out, coming = tmp_path / "out", on_cluster.on("local[1]")
    with on_cluster.started(many, "--out", out, *OPTIONS) as process:
        wait_for_parts(out, 2, process)
        # Whoever comes meanwhile is sent away.
        process.send_signal(signal.SIGSTOP)
        assert "another run is at work" in coming.fails(1, many, "--out", out, "--resume", *OPTIONS)
        process.kill()
    left = {part.name: part.stat().st_ino for part in results.parts(out / ".incomplete")}
    assert "holds an unfinished run" in coulis.fails(1, "validate", out)
    on_cluster(many, "--out", out, "--resume", *OPTIONS)
    assert left and left.items() <= {part.name: part.stat().st_ino for part in results.parts(out)}.items()
    assert_is(expected, out)
