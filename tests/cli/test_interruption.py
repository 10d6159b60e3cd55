"""Runs that are stopped or killed, at moments by chance and before each change that they make to the disk."""

import fcntl
import os
import pty
import random
import shutil
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from command import QUICK, ended, the_error
from photographs import paint
from results import assert_same_features, assert_same_results, parts, record, vectors

SMALL = ("--rows-per-part", 5, "--threads", 2, *QUICK)


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """Enough that a run is still at work when its first part is there."""
    return paint(tmp_path_factory.mktemp("many") / "photos", 200)


@pytest.fixture(scope="module")
def undisturbed(coulis, many, tmp_path_factory) -> Path:
    results = tmp_path_factory.mktemp("undisturbed") / "results"
    coulis("run", many, "--out", results)
    return results


def wait_for_part(process: subprocess.Popen, results: Path) -> None:
    while not list(results.glob(".incomplete/features/part-*.parquet")):
        assert process.poll() is None, ended(process)


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_run_keeps_finished_rows_and_says_how_to_go_on(coulis, many, undisturbed, tmp_path, number, code):
    job = ("run", many, "--out", tmp_path / "results", "--rows-per-part", 8)
    with coulis.started(*job) as process:
        wait_for_part(process, tmp_path / "results")
        process.send_signal(number)
        outcome = ended(process)
    assert outcome.code == code
    message = the_error(outcome)
    assert "--resume" in message
    kept = int(message.split("stopped; ")[1].split()[0])
    assert 8 <= kept < 200
    assert "unfinished" in coulis.fails(1, "validate", tmp_path / "results")
    assert "--resume" in coulis.fails(2, *job)

    resumed = coulis.try_(*job, "--resume", "--progress", "json")
    assert resumed.code == 0 and f'"done":{200 - kept},' in resumed.err.splitlines()[-1]
    coulis("validate", tmp_path / "results")
    assert_same_results(tmp_path / "results", undisturbed)


def test_ctrl_c_typed_on_a_terminal_stops_the_run(coulis, many, tmp_path):
    ours, theirs = pty.openpty()

    def take_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with coulis.started("run", many, "--out", tmp_path / "results", "--rows-per-part", 8, stdin=theirs, stdout=theirs,
                        stderr=theirs, start_new_session=True, preexec_fn=take_terminal) as process:
        os.close(theirs)
        wait_for_part(process, tmp_path / "results")
        os.write(ours, b"\x03")
        shown = b""
        while piece := read_or_nothing(ours):
            shown += piece
        assert process.wait() == 130
    os.close(ours)
    assert b"--resume" in shown.splitlines()[-1]


def read_or_nothing(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # What Linux gives when the other end is closed.
        return b""


def test_second_ctrl_c_ends_a_run_at_once(coulis, many, undisturbed, tmp_path):
    job = ("run", many, "--out", tmp_path / "results", "--rows-per-part", 8)
    with coulis.started(*job) as process:
        wait_for_part(process, tmp_path / "results")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert ended(process).code == 130
    coulis(*job, "--resume")
    assert_same_results(tmp_path / "results", undisturbed)


def test_stopped_overwrite_leaves_the_earlier_results(coulis, many, own_quick, quick):
    with coulis.started("run", many, "--out", own_quick, "--overwrite", "--rows-per-part", 8) as process:
        wait_for_part(process, own_quick)
        process.send_signal(signal.SIGINT)
        assert ended(process).code == 130
    coulis("validate", own_quick)
    assert_same_results(own_quick, quick)


def test_synth_that_is_stopped_ends_with_130(coulis, tmp_path):
    with coulis.started("synth", "--count", 100000, "--out", tmp_path / "photos") as process:
        while not list(tmp_path.glob("photos/*/*.jpg")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        outcome = ended(process)
    assert outcome.code == 130 and the_error(outcome)


def test_run_killed_at_many_random_moments_ends_with_the_rows_of_one_that_was_not(coulis, many, undisturbed, tmp_path):
    chance = random.Random(7)
    job = ("run", many, "--out", tmp_path / "results", "--resume", "--rows-per-part", 5)
    seconds = undisturbed_seconds(undisturbed)
    kills = 0
    for _ in range(12):
        with coulis.started(*job, "--quiet") as process:
            try:
                process.wait(timeout=chance.uniform(0, seconds))
            except subprocess.TimeoutExpired:
                process.kill()
            kills += process.wait() == -signal.SIGKILL
        if (tmp_path / "results" / "run.json").exists():
            coulis("validate", tmp_path / "results")
    assert kills > 0
    coulis(*job)
    coulis("validate", tmp_path / "results")
    assert_same_results(tmp_path / "results", undisturbed)


def undisturbed_seconds(results: Path) -> float:
    timing = record(results)["timing"]
    return timing["embed_seconds"] + timing["reduce_seconds"]


def telling(changes: int) -> list[int]:
    """The first changes and those of the publication, each of its own kind, and some of the many alike between."""
    return [step for step in range(1, changes + 1) if step <= 8 or step > changes - 24 or step % 6 == 0]


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    return paint(tmp_path_factory.mktemp("few") / "photos", 12)


@pytest.fixture(scope="module")
def expected(coulis, few, tmp_path_factory) -> Path:
    """The undisturbed results of `few`."""
    results = tmp_path_factory.mktemp("expected") / "results"
    coulis("run", few, "--out", results, *SMALL)
    return results


def test_run_killed_before_any_change_to_the_disk_is_completed_by_resume(coulis, few, expected, steps):
    results = steps.folder
    job = ("run", few, "--out", results, *SMALL)
    changes = steps.count(*job)
    assert changes > 40
    for step in telling(changes):
        shutil.rmtree(results)
        steps.kill(step, *job)
        if (results / "run.json").exists():
            coulis("validate", results)
        coulis(*job, "--resume")
        coulis("validate", results)
        assert_same_results(results, expected)
        assert sorted(path.name for path in results.iterdir()) == ["features", "pca", "pca_model", "run.json"]


def test_overwrite_killed_before_any_change_leaves_the_earlier_results_or_the_new_ones(
        coulis, few, expected, quick, steps):
    """In between lies the publication: its rest is done by --resume, without embedding anything again."""
    results = steps.folder
    job = ("run", few, "--out", results, *SMALL)
    shutil.copytree(quick, results)
    changes = steps.count(*job, "--overwrite")
    states = []
    for step in telling(changes):
        shutil.rmtree(results)
        shutil.copytree(quick, results)
        steps.kill(step, *job, "--overwrite")
        states.append(state_after_kill(coulis, results, earlier=quick, later=expected))
        if states[-1] == "earlier":
            coulis(*job, "--overwrite")
        else:
            resumed = coulis.try_(*job, "--resume", "--progress", "json")
            assert resumed.code == 0 and '"done":0,' in resumed.err.splitlines()[-1]
        coulis("validate", results)
        assert_same_results(results, expected)
    assert states == sorted(states, key=["earlier", "between", "later"].index)
    assert set(states) >= {"earlier", "between"}


def state_after_kill(coulis, results: Path, earlier: Path, later: Path) -> str:
    if not (results / "run.json").exists():
        assert "unfinished" in coulis.fails(1, "validate", results)
        return "between"
    coulis("validate", results)
    is_earlier = record(results)["options"] == record(earlier)["options"]
    assert_same_results(results, earlier if is_earlier else later)
    return "earlier" if is_earlier else "later"


def test_growing_of_results_killed_before_any_change_is_completed_by_resume(coulis, few, expected, steps, tmp_path):
    results, photos = steps.folder, tmp_path / "photos"
    job = ("run", photos, "--out", results, "--resume", *SMALL)
    shutil.copytree(few / "kiwi", photos / "kiwi")
    coulis(*job)
    earlier = shutil.copytree(results, tmp_path / "earlier")
    shutil.copytree(few, photos, dirs_exist_ok=True)
    changes = steps.count(*job)
    for step in range(1, changes + 1, 2):
        shutil.rmtree(results)
        shutil.copytree(earlier, results)
        steps.kill(step, *job)
        if (results / "run.json").exists():
            coulis("validate", results)
        coulis(*job)
        coulis("validate", results)
        assert_same_results(results, expected)


def test_reduce_killed_before_any_change_is_completed_by_reduce(coulis, quick, steps):
    results = steps.folder
    shutil.copytree(quick, results)
    job = ("reduce", results, "--components", 5, "--threads", 1)
    changes = steps.count(*job)
    for step in range(1, changes + 1):
        shutil.rmtree(results)
        shutil.copytree(quick, results)
        steps.kill(step, *job)
        if (results / "run.json").exists():
            coulis("validate", results)
        else:
            assert "coulis reduce" in coulis.fails(1, "validate", results)
        coulis(*job)
        coulis("validate", results)
        assert vectors(results).shape == (24, 5)
        assert_same_features(results, quick)


def test_run_stopped_before_any_change_says_how_to_go_on(coulis, few, expected, steps):
    """Ctrl-C in each phase: reading, fitting, projecting, publishing."""
    results = steps.folder
    job = ("run", few, "--out", results, *SMALL)
    changes = steps.count(*job)
    codes = []
    for step in range(2, changes + 1, 3):
        shutil.rmtree(results)
        outcome = steps.signal(signal.SIGINT, step, *job)
        codes.append(outcome.code)
        if outcome.code == 130:
            message = the_error(outcome)
            assert "--resume" in message or "the results are complete" in message
            assert ("the results are complete" in message) == (results / "run.json").exists()
        coulis(*job, "--resume")
        coulis("validate", results)
        assert_same_results(results, expected)
    assert set(codes) <= {0, 130} and codes.count(130) > len(codes) / 2


def test_reduce_that_is_stopped_leaves_the_earlier_pca(coulis, quick, steps):
    results = steps.folder
    shutil.copytree(quick, results)
    outcome = steps.signal(signal.SIGINT, 3, "reduce", results, "--components", 5, "--threads", 1)
    assert outcome.code == 130 and "the same command" in the_error(outcome)
    assert_same_results(results, quick)
    coulis("validate", results)


def test_killed_run_leaves_nothing_that_readers_take_for_a_part(coulis, many, tmp_path):
    results = tmp_path / "results"
    with coulis.started("run", many, "--out", results, "--rows-per-part", 5) as process:
        wait_for_part(process, results)
        process.kill()
    assert not (results / "run.json").exists() and parts(results) == []
    assert [path.name for path in results.iterdir()] == [".incomplete"]
