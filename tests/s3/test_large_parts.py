"""Parts of more than 5 MB go up in pieces while they are written, and are there whole or not at all."""

from pathlib import Path

import faults as fault
import pytest
from networks import network
from results import assert_same_features

LONG = 120_000  # Features: 24 rows have 11 MB.
WIDE = ("--model", "wide", "--threads", 2)


@pytest.fixture(scope="module")
def wide(small, tmp_path_factory) -> Path:
    """A models folder."""
    folder = tmp_path_factory.mktemp("wide")
    network(folder / "wide.onnx", shape=(1, 3, 32, 24), scores=LONG)
    small.having(COULIS_MODELS=folder / "models")("models", "import", folder / "wide.onnx", "--name", "wide")
    return folder / "models"


@pytest.fixture(scope="module")
def expected(small, wide, photos, tmp_path_factory) -> Path:
    results = tmp_path_factory.mktemp("expected") / "results"
    small.having(COULIS_MODELS=wide)("embed", photos, "--out", results, *WIDE)
    return results


def test_a_large_part_is_uploaded_in_pieces(program, wide, s3, faults, photos, expected, tmp_path):
    program.having(COULIS_MODELS=wide)("embed", photos, "--out", s3.uri("results"), *WIDE, *s3.flags(faults.endpoint))
    assert faults.counts()["part"] >= 2 and faults.counts()["complete upload"] == 1
    assert_same_features(s3.download("results", tmp_path / "results"), expected)


@pytest.mark.parametrize("act", [fault.reset, fault.internal_error, fault.slow_down])
def test_a_piece_that_fails_once_is_sent_again(program, wide, s3, faults, photos, expected, tmp_path, act):
    rules = [faults.add(act, kind=kind, times=1) for kind in ("start upload", "part", "complete upload")]
    program.having(COULIS_MODELS=wide)("embed", photos, "--out", s3.uri("results"), *WIDE, *s3.flags(faults.endpoint))
    assert [rule.hits for rule in rules] == [1, 1, 1]
    assert_same_features(s3.download("results", tmp_path / "results"), expected)


@pytest.mark.parametrize("kind", ["start upload", "part", "complete upload"])
def test_an_upload_that_is_refused_leaves_nothing(program, wide, s3, faults, photos, expected, tmp_path, kind):
    job = ("embed", photos, "--out", s3.uri("results"), *WIDE, *s3.flags(faults.endpoint))
    faults.add(fault.access_denied, kind=kind)
    assert s3.uri("results") in program.having(COULIS_MODELS=wide).fails(1, *job)
    assert s3.uploads() == [] and not any(".parquet" in key for key in s3.keys())
    faults.clear()
    program.having(COULIS_MODELS=wide)(*job, "--resume")
    assert_same_features(s3.download("results", tmp_path / "results"), expected)


def test_an_upload_that_was_under_way_at_a_kill_is_ended_by_the_next_run(program, wide, s3, faults, photos, expected, tmp_path):
    program = program.having(COULIS_MODELS=wide)
    job = ("embed", photos, "--out", s3.uri("results"), *WIDE, *s3.flags(faults.endpoint))
    with program.started(*job) as process:
        faults.add(fault.call(process.kill), kind="complete upload", times=1)
        faults.add(fault.reset, kind="complete upload", times=1)
        process.wait()
    assert len(s3.uploads()) == 1
    s3.client.create_multipart_upload(Bucket=s3.name, Key="results/.incompletely/another")
    program(*job, "--resume")
    assert s3.uploads() == ["results/.incompletely/another"]
    assert_same_features(s3.download("results", tmp_path / "results"), expected)
