"""Two runs into the same RESULTS: the second is refused, and told who the first is."""

import os
import re
import signal
import threading
from contextlib import contextmanager

import faults as fault
import pytest
from command import ended, the_error
from exact import assert_equal_results
from results import parts, record
from small import SMALL


@pytest.fixture
def images(s3, photos) -> str:
    return s3.upload(photos, "photos")


@contextmanager
def held(program, faults, *job):
    """A run that waits, since it gets no image, until `release` is called; it gives the process and `release`."""
    at_work, released = threading.Event(), threading.Event()

    def hold():
        at_work.set()
        released.wait(60)

    faults.add(fault.call(hold), kind="get", path=r"\.jpg$")
    with program.started(*job) as process:
        try:
            assert at_work.wait(60)
            yield process, released.set
        finally:
            released.set()


@pytest.mark.parametrize("place", ["local", "s3"])
def test_the_second_is_refused_with_the_firsts_name_and_age(program, s3, faults, images, local, tmp_path, place):
    results = tmp_path / "results" if place == "local" else s3.uri("results")
    job = ("run", images, "--out", results, *SMALL)
    with held(program, faults, *job, *s3.flags(faults.endpoint)) as (process, release):
        for how in ((), ("--resume",), ("--overwrite",)):
            message = program.fails(1, *job, *s3.flags(), *how)
            assert str(process.pid) in message and os.uname().nodename in message
            assert re.search(r"\d+ s|second|minute", message) and "--steal-lock" in message
        release()
        assert ended(process).code == 0
    found = results if place == "local" else s3.download("results", tmp_path / "found")
    assert_equal_results(found, local)
    program(*job, *s3.flags(), "--resume")  # The lock went with the run.


def test_reduce_is_refused_as_well(program, s3, faults, images, tmp_path):
    job = ("run", images, "--out", s3.uri("results"), *SMALL)
    program(*job, *s3.flags())
    with held(program, faults, *job, "--overwrite", *s3.flags(faults.endpoint)) as (process, release):
        assert "--steal-lock" in program.fails(1, "reduce", s3.uri("results"), *s3.flags())
        program("validate", s3.uri("results"), *s3.flags())
        release()
        assert ended(process).code == 0


def test_a_killed_runs_lock_is_taken_over(program, s3, faults, images, local, tmp_path):
    job = ("run", images, "--out", s3.uri("results"), *SMALL)
    with held(program, faults, *job, *s3.flags(faults.endpoint)) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
    program(*job, *s3.flags(), "--resume")
    assert_equal_results(s3.download("results", tmp_path / "results"), local)


@pytest.mark.parametrize("place", ["local", "s3"])
def test_a_run_whose_lock_was_stolen_publishes_nothing(program, s3, faults, images, tmp_path, place):
    results = tmp_path / "results" if place == "local" else s3.uri("results")
    found = (lambda: results) if place == "local" else (lambda: s3.download("results", tmp_path / "found"))
    job = ("run", images, "--out", results, *SMALL)
    with held(program, faults, *job, *s3.flags(faults.endpoint)) as (process, release):
        program("run", images, "--out", results, "--model", "small", "--rows-per-part", 24, "--overwrite", "--steal-lock",
                *s3.flags())
        stolen = record(found())
        release()
        outcome = ended(process)
    assert outcome.code == 1
    assert place == "local" or "taken over" in the_error(outcome)  # On a disk its staged files went with the lock.
    program("validate", results, *s3.flags())
    assert record(found()) == stolen and len(parts(found())) == 1
