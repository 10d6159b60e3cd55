"""Containers, lists and packed sets in buckets."""

import json

import pytest
from containers import archive, files, hugging_face
from faults import answer
from results import assert_same_features, rows
from small import SMALL


@pytest.mark.parametrize("form", ["tar", "parquet"])
def test_packing_from_and_to_a_bucket_keeps_the_rows(program, s3, photos, local, tmp_path, form):
    source = s3.upload(photos, "photos")
    program("pack", source, "--out", s3.uri("packed"), "--format", form, "--shard-size", "20KB", *s3.flags())
    shards = [key for key in s3.keys("packed/") if "shard-" in key]
    assert len(shards) > 1 and s3.keys("packed/") == ["packed/pack.json", *shards]
    assert json.loads(s3.get("packed/pack.json"))["counts"]["images"] == 24
    program("run", s3.uri("packed"), "--out", tmp_path / "out", *SMALL, *s3.flags())
    assert_same_features(tmp_path / "out", local)


@pytest.mark.parametrize("name", ["in.tar", "in.tar.gz", "in.zip"])
def test_an_archive_in_a_bucket_gives_its_rows(program, s3, photos, local, tmp_path, name):
    s3.put(name, archive(tmp_path / name, files(photos)).read_bytes())
    program("run", s3.uri(name), "--out", tmp_path / "out", *SMALL, *s3.flags())
    assert_same_features(tmp_path / "out", local)


def test_a_list_may_lie_in_a_bucket_and_name_objects(program, s3, photos, local, tmp_path):
    s3.upload(photos, "photos")
    s3.put("lists/all.txt", "\n".join(s3.uri(f"photos/{path}") for path in files(photos)).encode())
    program("run", "--files", s3.uri("lists/all.txt"), "--out", tmp_path / "out", *SMALL, *s3.flags())
    got = rows(tmp_path / "out")
    assert list(got.index) == [s3.uri(f"photos/{path}") for path in rows(local).index]
    assert list(got["label"]) == list(rows(local)["label"])


@pytest.mark.parametrize("name", ["in.tar", "in.parquet"])
def test_a_bucket_that_fails_in_the_midst_is_no_damaged_container(program, s3, faults, photos, tmp_path, name):
    write = archive if name.endswith("tar") else hugging_face
    members = files(photos) | {f"z/{number}.jpg": bytes(400_000) for number in range(12)}
    s3.put(name, write(tmp_path / name, members).read_bytes())
    faults.add(answer(403, "AccessDenied"), kind="get", path=name, after=2)
    outcome = program.try_("run", s3.uri(name), "--out", tmp_path / "out", *SMALL, *s3.flags(faults.endpoint))
    assert outcome.code == 1 and "denied" in outcome.err.lower(), outcome
    faults.clear()
    outcome = program.try_("run", s3.uri(name), "--out", tmp_path / "out", *SMALL, *s3.flags(), "--resume")
    assert outcome.code == 3, outcome
    assert rows(tmp_path / "out")["error"].isna().sum() == 24
