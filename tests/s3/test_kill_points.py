"""Runs that are killed, at more than 200 points of their way, on a disk and in S3: each is completed by --resume, with
the rows of an undisturbed one, and without embedding again what was committed.

A local run is killed before each of its changes to RESULTS; one in S3 before or after the server has carried out a
request, for each request; and both at moments spread over their time.
"""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import faults as fault
import pyarrow.parquet as parquet
import pytest
from exact import assert_equal_results
from photographs import paint
from results import rows
from small import SMALL
from steps import Steps

IMAGES = 16
POINTS, MOMENTS = 95, 20  # Of each, on the disk and in S3: at least 200 together.
TINY = ("--rows-per-part", 2, *SMALL[:4], *SMALL[6:])


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    return paint(tmp_path_factory.mktemp("few") / "photos", IMAGES)


@pytest.fixture(scope="module")
def undisturbed(small, few, tmp_path_factory) -> tuple[Path, float]:
    """Its results, and how long it took."""
    results = tmp_path_factory.mktemp("undisturbed") / "results"
    began = time.monotonic()
    small("run", few, "--out", results, *TINY)
    return results, time.monotonic() - began


def killed_after(program, seconds: float, *job) -> bool:
    """False when it was ready before."""
    with program.started(*job, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() == -signal.SIGKILL


def embedded(outcome) -> int:
    """How many images a run with --progress json has embedded."""
    assert outcome.code == 0, outcome
    return json.loads(outcome.err.splitlines()[-1])["done"]


def committed(folder: Path) -> int:
    """Rows in finished parts, staged or in place. Both at once is a publication that was killed: its parts are moved."""
    found = {path.name: parquet.read_metadata(path).num_rows
             for place in ("features", ".incomplete/features") for path in (folder / place).glob("part-*.parquet")}
    return sum(found.values())


def spread(count: int, over: int) -> list[int]:
    """`count` different numbers from 1 to `over`, or all of them."""
    return sorted({1 + number * over // count for number in range(count)} & set(range(1, over + 1)))


def test_local_runs_killed_at_any_point_are_completed(small, few, undisturbed, steps, tmp_path):
    expected, seconds = undisturbed
    results = tmp_path / "results"
    steps = Steps(small, steps.library, results)
    job = ("run", few, "--out", results, *TINY)
    changes = steps.count(*job)
    kills = 0

    def is_completed():
        if (results / "run.json").exists():
            small("validate", results)
        before = committed(results)
        resumed = small.try_(*job, "--resume", "--progress", "json")
        assert embedded(resumed) == IMAGES - before
        assert_equal_results(results, expected)
        shutil.rmtree(results)

    shutil.rmtree(results)
    for step in spread(POINTS, changes):
        steps.kill(step, *job)
        kills += 1
        is_completed()
    for moment in range(MOMENTS):
        kills += killed_after(small, seconds * moment / MOMENTS, *job)
        is_completed()
    assert kills >= 100


def test_runs_in_s3_killed_at_any_point_are_completed(program, s3, faults, few, undisturbed, tmp_path):
    expected, _ = undisturbed
    images = s3.upload(few, "photos")
    flags = s3.flags(faults.endpoint)
    began = time.monotonic()
    program("run", images, "--out", s3.uri("undisturbed"), *TINY, *flags)
    seconds, requests = time.monotonic() - began, len(faults.requests)
    kills = 0

    def is_completed(prefix):
        faults.settle()
        faults.clear()
        here = s3.download(prefix, tmp_path / prefix)
        if (here / "run.json").exists():
            program("validate", s3.uri(prefix), *flags)
        before = committed(here)
        faults.clear()
        resumed = program.try_("run", images, "--out", s3.uri(prefix), *TINY, *flags, "--resume", "--progress", "json")
        assert embedded(resumed) == IMAGES - before
        read = [request for request in faults.requests if request.kind == "get" and request.path.endswith(".jpg")]
        assert len(read) == IMAGES - before
        shutil.rmtree(here)
        assert_equal_results(s3.download(prefix, here), expected)
        assert not any(".incomplete" in key or ".lock" in key for key in s3.keys(prefix))
        shutil.rmtree(here)
        s3.delete(prefix)
        faults.clear()

    for number in spread(POINTS, requests):
        act = fault.call if number % 2 else fault.call_after
        job = ("run", images, "--out", s3.uri(f"request-{number}"), *TINY, *flags)
        with program.started(*job, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            faults.add(act(process.kill), after=number - 1, times=1)
            kills += process.wait(timeout=60) == -signal.SIGKILL
        is_completed(f"request-{number}")
    for moment in range(MOMENTS):
        job = ("run", images, "--out", s3.uri(f"moment-{moment}"), *TINY, *flags)
        kills += killed_after(program, seconds * moment / MOMENTS, *job)
        is_completed(f"moment-{moment}")
    assert kills >= 100


def test_a_run_in_s3_that_is_killed_again_and_again_gets_there(program, s3, faults, few, undisturbed, tmp_path):
    """Each attempt gets a little further before it is killed; what it has committed stays."""
    images = s3.upload(few, "photos")
    job = ("run", images, "--out", s3.uri("results"), *TINY, *s3.flags(faults.endpoint), "--resume")
    before = 0
    for number in range(20, 400, 12):
        faults.clear()
        with program.started(*job, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            faults.add(fault.call(process.kill), after=number, times=1)
            code = process.wait(timeout=60)
        faults.settle()
        now = committed(s3.download("results", tmp_path / str(number)))
        assert now >= before
        before = now
        if code == 0:
            break
    assert code == 0 and before == IMAGES
    assert_equal_results(s3.download("results", tmp_path / "results"), undisturbed[0])
    assert len(rows(tmp_path / "results")) == IMAGES
