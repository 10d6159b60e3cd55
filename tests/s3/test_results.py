"""Results and inputs in a bucket: the same as on this machine, resumed, extended, locked and guarded."""

import json
import os
import shlex
import signal
import socket
from pathlib import Path

import faults as fault
import numpy as np
import pytest
from command import ended
from photographs import paint
from results import assert_same_features, assert_same_results, record, rows
from small import SMALL

SECTIONS = {"features", "moments", "pca", "pca_model", "run.json"}


def sections(s3, prefix: str) -> set[str]:
    return {key.removeprefix(prefix + "/").split("/")[0] for key in s3.keys(prefix + "/")}


def wait_for_part(process, s3, prefix: str) -> None:
    while not any(".incomplete/features/part-" in key for key in s3.keys(prefix)):
        assert process.poll() is None, ended(process)


@pytest.fixture
def inputs(s3, photos) -> str:
    return s3.upload(photos, "in/photos")


def test_bucket_to_bucket_gives_what_disk_to_disk_gives(program, s3, inputs, local, tmp_path):
    program("run", inputs, "--out", s3.uri("out"), *SMALL, *s3.flags())
    program("validate", s3.uri("out"), *s3.flags())
    assert sections(s3, "out") == SECTIONS
    assert_same_results(s3.download("out", tmp_path / "out"), local)
    said = record(tmp_path / "out")
    assert said["options"]["inputs"] == [inputs]
    assert said["storage"]["regions"] == {s3.name: "eu-west-3"}
    assert said["storage"]["objects_read"] == 24 and said["storage"]["retries"] == 0


def test_embed_and_reduce_each_work_in_a_bucket(program, s3, inputs, local, tmp_path):
    model, components = SMALL[:6], SMALL[6:]
    program("embed", inputs, "--out", s3.uri("out"), *model, *s3.flags())
    program("reduce", s3.uri("out"), *components, *s3.flags())
    assert_same_results(s3.download("out", tmp_path / "out"), local)
    program("run", inputs, "--out", tmp_path / "other", *model, "--pca-from", s3.uri("out"), *s3.flags())
    assert record(tmp_path / "other")["pca"]["fitted_on"] == s3.uri("out")


def test_objects_are_read_without_a_head_and_listed_once(program, s3, inputs, faults, tmp_path):
    program("run", inputs, "--out", tmp_path / "out", *SMALL, *s3.flags(faults.endpoint))
    kinds = faults.counts()
    assert kinds["get"] == 24 and kinds["list"] <= 3 and kinds["head"] <= 1


def test_labels_hidden_objects_and_globs_are_as_on_disk(program, s3, photos, tmp_path):
    picture = next(photos.rglob("*.jpg")).read_bytes()
    for key in ("p/a b/ä+%.jpg", "p/.hidden/1.jpg", "p/x/.2.jpg", "p/notes.txt", "p/folder/", "p/TOP.JPG", "pp/3.jpg"):
        s3.put(key, b"" if key.endswith("/") else picture)
    program("embed", s3.uri("p"), "--out", tmp_path / "out", *SMALL[:6], *s3.flags())
    found = rows(tmp_path / "out")
    assert dict(zip(found.index, found["label"])) == {"TOP.JPG": "p", "a b/ä+%.jpg": "a b"}
    assert record(tmp_path / "out")["counts"]["ignored"] == 3
    program("embed", s3.uri("p/TOP.JPG"), "--out", tmp_path / "single", *SMALL[:6], *s3.flags())
    assert list(rows(tmp_path / "single").index) == ["TOP.JPG"]
    program("embed", s3.uri("p"), s3.uri("pp"), "--out", tmp_path / "two", *SMALL[:6], *s3.flags())
    assert s3.uri("pp/3.jpg") in rows(tmp_path / "two").index


def test_pages_of_a_long_listing_follow_each_other(program, s3, photos, tmp_path):
    picture = next(photos.rglob("*.jpg")).read_bytes()
    for number in range(1005):
        s3.put(f"many/{number:04d}.jpg", picture if number > 1000 else b"bad")
    program.try_("embed", s3.uri("many"), "--out", tmp_path / "out", *SMALL[:4], *s3.flags())
    assert len(rows(tmp_path / "out")) == 1005


def test_killed_run_in_a_bucket_is_resumed_on_the_same_machine(program, s3, tmp_path):
    photos = paint(tmp_path / "photos", 120)
    program("run", photos, "--out", tmp_path / "whole", *SMALL)
    job = ("run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags())
    with program.started(*job) as process:
        wait_for_part(process, s3, "out")
        process.kill()
        ended(process)
    assert "run.json" not in sections(s3, "out")
    program(*job, "--resume")
    assert sections(s3, "out") == SECTIONS
    assert_same_results(s3.download("out", tmp_path / "out"), tmp_path / "whole")


def test_overwrite_leaves_no_part_of_the_earlier_results(program, s3, photos, local, tmp_path):
    many = paint(tmp_path / "many", 40)
    program("run", many, "--out", s3.uri("out"), *SMALL, *s3.flags())
    assert "--overwrite" in program.fails(2, "run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags())
    program("run", photos, "--out", s3.uri("out"), "--overwrite", *SMALL, *s3.flags())
    program("validate", s3.uri("out"), *s3.flags())
    assert_same_results(s3.download("out", tmp_path / "out"), local)


@pytest.mark.parametrize("place", ["bucket", "disk"])
def test_added_images_are_embedded_alone_and_the_pca_is_kept_or_fitted_anew(program, s3, photos, tmp_path, place):
    out = s3.uri("out") if place == "bucket" else tmp_path / "out"
    pictures = tmp_path / "pictures"
    paint(pictures / "first", 16)
    job = ("run", pictures, "--out", out, *SMALL[:6], *s3.flags())
    program(*job, *SMALL[6:])
    before = s3.download("out", tmp_path / "before") if place == "bucket" else None
    paint(pictures / "second", 7)
    added = program.try_(*job, "--resume", "--keep-pca", "--progress", "json")
    assert added.code == 0 and '"done":7,' in added.err.splitlines()[-1]
    program("validate", out, *s3.flags())
    after = s3.download("out", tmp_path / "after") if place == "bucket" else out
    assert record(after)["pca"]["fitted_rows"] == 16 and len(rows(after, "pca")) == 23
    if before:
        for name in ("scaler.parquet", "components.parquet"):
            assert (before / "pca_model" / name).read_bytes() == (after / "pca_model" / name).read_bytes()
    paint(pictures / "third", 5)
    program(*job, "--resume", "--refit", *SMALL[6:])
    program("validate", out, *s3.flags())
    last = s3.download("out", tmp_path / "last") if place == "bucket" else out
    assert record(last)["pca"]["fitted_rows"] == 28
    program("run", pictures, "--out", tmp_path / "whole", *SMALL)
    assert_same_features(last, tmp_path / "whole")
    assert np.allclose(np.stack(rows(last, "pca")["pca"]), np.stack(rows(tmp_path / "whole", "pca")["pca"]), atol=1e-5)


def test_keep_pca_needs_resume_and_no_choice_of_components(program, photos, tmp_path):
    job = ("run", photos, "--out", tmp_path / "out", "--model", "small")
    assert "--resume" in program.fails(2, *job, "--keep-pca")
    assert "--keep-pca" in program.fails(2, *job, "--resume", "--keep-pca", "--components", "3")
    assert "--refit" in program.fails(2, *job, "--resume", "--keep-pca", "--refit")


def test_second_run_is_refused_with_owner_and_age(program, s3, tmp_path):
    photos = paint(tmp_path / "photos", 400)
    job = ("run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags())
    with program.started(*job) as process:
        wait_for_part(process, s3, "out")
        message = program.fails(1, *job, "--resume")
        assert f"process {process.pid} of {socket.gethostname()}" in message and "last seen" in message
        process.send_signal(signal.SIGINT)
        ended(process)
    assert ".lock" not in sections(s3, "out")


def foreign_lock(s3, prefix: str) -> None:
    owner = {"host": "elsewhere", "pid": 1, "since": "2026-01-31T12:00:00Z", "boot": "another", "ticks": 1, "id": "x"}
    s3.put(f"{prefix}/.lock", json.dumps(owner).encode())


def test_lock_of_another_machine_is_believed_until_it_is_stolen(program, s3, photos):
    foreign_lock(s3, "out")
    job = ("run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags())
    message = program.fails(1, *job)
    assert "elsewhere" in message and "--steal-lock" in message
    program(*job, "--steal-lock")
    assert sections(s3, "out") == SECTIONS


def test_a_run_that_was_robbed_publishes_nothing(program, s3, tmp_path):
    photos = paint(tmp_path / "photos", 400)
    with program.started("run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags()) as process:
        wait_for_part(process, s3, "out")
        foreign_lock(s3, "out")
        process.wait()
        outcome = ended(process)
    assert outcome.code == 1 and "elsewhere" in outcome.err and "taken over" in outcome.err
    assert "run.json" not in sections(s3, "out") and ".lock" in sections(s3, "out")


def test_buckets_outside_the_allowed_regions_are_refused_before_the_first_byte(program, s3, inputs, faults, tmp_path):
    job = ("run", inputs, "--out", tmp_path / "out", *SMALL, *s3.flags(faults.endpoint))
    program(*job, "--allow-region", "eu")
    assert record(tmp_path / "out")["storage"]["allowed_regions"] == "eu"
    faults.clear()
    message = program.fails(2, *job, "--resume", "--allow-region", "eu-central-1")
    assert "eu-west-3 (Paris, FR)" in message
    assert "eu-west-3" in program.having(COULIS_ALLOW_REGIONS="eu-north-1").fails(2, "validate", s3.uri("out"), *s3.flags())
    assert not {"get", "list", "put"} & set(faults.counts())


def test_london_is_refused_with_the_reason(program, s3, inputs, faults, tmp_path):
    def london(exchange):
        exchange.answer(403, b"", {"x-amz-bucket-region": "eu-west-2"})
    faults.add(london, kind="head bucket")
    job = ("run", inputs, "--out", tmp_path / "out", *SMALL, *s3.flags(faults.endpoint))
    message = program.fails(2, *job, "--allow-region", "eu")
    assert "United Kingdom" in message and "eu+adequacy" in message
    assert "lies in" not in program.try_(*job, "--allow-region", "eu+adequacy").err


def test_faults_that_pass_are_retried_counted_and_shown(program, s3, inputs, local, faults, tmp_path):
    for number, passing in enumerate((fault.internal_error, fault.slow_down, fault.reset, fault.truncate())):
        faults.add(passing, kind="get", after=number * 3, times=2)
    shown = program("run", inputs, "--out", tmp_path / "out", *SMALL, *s3.flags(faults.endpoint)).out
    assert_same_results(tmp_path / "out", local)
    storage = record(tmp_path / "out")["storage"]
    assert storage["retries"] >= 6 and storage["throttled"] >= 1
    assert f"{storage['retries']} requests made again" in shown


@pytest.mark.parametrize("what, advice", [
    (fault.expired_token, "expired"), (fault.no_such_bucket, "does not exist"), (fault.other_region, "region")])
def test_what_does_not_pass_ends_the_run_at_once_with_advice(program, s3, inputs, faults, tmp_path, what, advice):
    faults.add(what, kind="get", after=6)
    message = program.fails(1, "run", inputs, "--out", tmp_path / "out", "--io-threads", 1, *SMALL,
                            *s3.flags(faults.endpoint))
    assert advice in message and faults.counts()["get"] <= 8
    program("run", inputs, "--out", tmp_path / "out", "--resume", *SMALL, *s3.flags())


def test_one_object_that_is_refused_or_gone_is_a_bad_row(program, s3, inputs, faults, tmp_path):
    keys = [key for key in s3.keys("in/") if key.endswith(".jpg")]
    faults.add(fault.access_denied, kind="get", path=keys[3])
    faults.add(fault.answer(404, "NoSuchKey"), kind="get", path=keys[5])
    program("run", inputs, "--out", tmp_path / "out", "--max-bad", 0.2, *SMALL, *s3.flags(faults.endpoint))
    errors = rows(tmp_path / "out")["error"].dropna()
    assert len(errors) == 2 and any("denied" in text for text in errors) and any("gone" in text for text in errors)


def test_keys_that_are_wrong_are_told_and_not_repeated(program, s3, photos, tmp_path):
    wrong = program.having(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    message = wrong.fails(1, "run", photos, "--out", s3.uri("out"), *SMALL, *s3.flags())
    assert "access key" in message and "AKIA" not in message
    message = program.having(AWS_SECRET_ACCESS_KEY="wrong").fails(1, "validate", s3.uri("out"), *s3.flags())
    assert "secret key" in message
    nobody = program.having(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "no credentials" in nobody.fails(1, "validate", s3.uri("out"), *s3.flags())
    message = program.fails(2, "run", "s3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/x", "--out", tmp_path / "o", *SMALL)
    assert "AWS_PROFILE" in message and "geheim" not in message and "AKIA" not in message


def test_doctor_says_where_keys_come_from_and_where_the_bucket_lies(program, s3):
    told = program.try_("doctor", s3.uri(), "--json", *s3.flags())
    checks = {check["check"]: check for check in json.loads(told.out)}
    assert "AWS_ACCESS_KEY_ID" in checks["S3 credentials"]["detail"]
    assert "eu-west-3" in checks[s3.uri()]["detail"] and checks[s3.uri()]["ok"]
    assert os.environ.get("AWS_SECRET_ACCESS_KEY", "none") not in told.out


def test_a_run_that_fails_at_once_leaves_nothing_in_the_bucket(program, s3, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no images" in program.fails(1, "run", tmp_path / "empty", "--out", s3.uri("out"), *SMALL, *s3.flags())
    assert s3.keys() == []


def test_the_commands_of_the_document_work(program, s3, photos, tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("coulis ") and "s3://" in line]
    assert len(lines) >= 4
    s3.upload(photos, "photos")
    (tmp_path / "photos").symlink_to(photos)
    for line in lines:
        line = line.replace("--s3-endpoint https://s3.example.com --s3-region garage", "")
        words = shlex.split(line.replace("s3://fruits", s3.uri()))[1:]
        flags = [*s3.flags(), *(SMALL if words[0] == "run" else ())]
        outcome = program.try_(*words, *flags, cwd=tmp_path)
        assert outcome.code == 0 or words[0] == "doctor", (line, outcome)


def test_forgotten_rows_leave_a_bucket_too(program, s3, inputs, tmp_path):
    program("run", inputs, "--out", s3.uri("out"), *SMALL, *s3.flags())
    gone, *left = rows(s3.download("out", tmp_path / "before")).index
    program("forget", gone, "--in", s3.uri("out"), *s3.flags())
    program("validate", s3.uri("out"), *s3.flags())
    assert sections(s3, "out") == SECTIONS - {"moments"}
    assert list(rows(s3.download("out", tmp_path / "after")).index) == left
