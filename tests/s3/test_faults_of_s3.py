"""Faults between the program and S3: those that pass are survived, the others end in one line and lose nothing."""

import faults as fault
import pytest
from exact import assert_equal_results
from photographs import encoded
from results import record, rows
from small import SMALL

PASSING = {"reset": fault.reset, "lost answer": fault.lose_answer, "500": fault.internal_error, "503": fault.slow_down}
LASTING = {"403": fault.access_denied, "expired token": fault.expired_token, "bucket gone": fault.no_such_bucket,
           "wrong region": fault.other_region}


@pytest.fixture
def images(s3, photos) -> str:
    return s3.upload(photos, "photos")


@pytest.fixture
def job(s3, faults, images) -> tuple:
    return ("run", images, "--out", s3.uri("results"), *SMALL, *s3.flags(faults.endpoint))


def test_latency_changes_nothing(program, s3, faults, job, local, tmp_path):
    faults.add(fault.latency(0.02))
    program(*job)
    found = s3.download("results", tmp_path / "results")
    assert_equal_results(found, local)


@pytest.mark.parametrize("act", PASSING.values(), ids=PASSING)
def test_a_passing_fault_is_tried_again_and_counted(program, s3, faults, job, local, tmp_path, act):
    """The first request for each image, and every seventh of all others but the conditional one of the lock."""
    first = faults.add(act, kind="get", path=r"\.jpg$", times=1, each_path=True)
    program(*job)
    found = s3.download("results", tmp_path / "results")
    assert_equal_results(found, local)
    assert first.hits == 24
    assert record(found)["storage"]["retries"] >= 24


@pytest.mark.parametrize("act", PASSING.values(), ids=PASSING)
def test_a_passing_fault_while_writing_loses_nothing(program, s3, faults, job, local, tmp_path, act):
    rules = [faults.add(act, kind=kind, path="/results/", after=after, times=1)
             for kind in ("put", "copy", "delete", "head", "delete many", "start upload", "part", "complete upload")
             for after in (0, 2, 5)]
    program(*job)
    assert sum(rule.hits for rule in rules) >= 3
    program("validate", s3.uri("results"), *s3.flags())
    assert_equal_results(s3.download("results", tmp_path / "results"), local)


def test_truncated_bodies_are_read_again(program, s3, faults, job, local, tmp_path):
    rule = faults.add(fault.truncate(0.5), kind="get", path=r"\.jpg$", times=1, each_path=True)
    program(*job)
    assert rule.hits == 24
    found = s3.download("results", tmp_path / "results")
    assert_equal_results(found, local)
    assert record(found)["storage"]["retries"] >= 24


def test_a_listing_that_fails_once_is_whole(program, s3, faults, job, local, tmp_path):
    for number, act in enumerate((fault.slow_down, fault.reset, fault.truncate(0.5))):
        faults.add(act, kind="list", after=number, times=1)
    program(*job)
    assert_equal_results(s3.download("results", tmp_path / "results"), local)


@pytest.mark.parametrize("act", LASTING.values(), ids=LASTING)
def test_a_lasting_fault_ends_in_one_line_and_resume_goes_on(program, s3, faults, job, local, tmp_path, act):
    faults.add(act, after=16)
    message = program.fails(1, *job)
    assert "s3://" in message
    faults.clear()
    assert "unfinished" in program.fails(1, "validate", s3.uri("results"), *s3.flags()) or s3.keys("results") == []
    program(*job, "--resume")
    program("validate", s3.uri("results"), *s3.flags())
    assert_equal_results(s3.download("results", tmp_path / "results"), local)


@pytest.mark.parametrize("act", LASTING.values(), ids=LASTING)
def test_a_failing_run_leaves_the_earlier_result(program, s3, faults, job, local, tmp_path, act):
    program(*job)
    s3.put("photos/kiwi/new_9999.jpg", encoded(30))
    for after in (8, 30):
        faults.clear()
        faults.add(act, after=after)
        program.fails(1, *job, "--overwrite")
        program("validate", s3.uri("results"), *s3.flags())
        assert_equal_results(s3.download("results", tmp_path / f"after {after}"), local)
    faults.clear()
    program(*job, "--overwrite")
    assert len(rows(s3.download("results", tmp_path / "later"))) == 25


@pytest.mark.parametrize("act", LASTING.values(), ids=LASTING)
def test_what_no_repetition_helps_is_not_repeated(program, s3, faults, job, act):
    rule = faults.add(act, kind="list")
    program.fails(1, *job)
    assert rule.hits <= 2
