"""Images and results in a bucket: the same as on this machine's disk, with no request too many."""

import threading
from concurrent.futures import ThreadPoolExecutor

import faults as fault
import pytest
from command import the_error
from exact import assert_equal_results
from photographs import encoded, paint
from results import features, record, rows
from small import SMALL


@pytest.fixture
def images(s3, photos) -> str:
    return s3.upload(photos, "photos")


def test_from_s3_to_s3_equals_a_local_run(program, s3, images, local, tmp_path):
    program("run", images, "--out", s3.uri("results"), *SMALL, *s3.flags())
    program("validate", s3.uri("results"), *s3.flags())
    found = s3.download("results", tmp_path / "results")
    assert_equal_results(found, local)
    told, expected = record(found), record(local)
    assert told["options"]["inputs"] == [images]
    assert told["counts"] == expected["counts"] and told["model"] == expected["model"]
    assert sorted(s3.keys("results")) == sorted(
        f"results/{path.relative_to(local).as_posix()}" for path in local.rglob("*") if path.is_file())
    assert s3.uploads() == []


def test_either_side_may_be_local(program, s3, images, photos, local, tmp_path):
    program("run", images, "--out", tmp_path / "here", *SMALL, *s3.flags())
    assert_equal_results(tmp_path / "here", local)
    program("run", photos, "--out", s3.uri("deep/er/results"), *SMALL, *s3.flags())
    assert_equal_results(s3.download("deep/er/results", tmp_path / "back"), local)


def test_a_whole_bucket_may_be_the_input(program, s3, photos, local, tmp_path):
    for path in photos.rglob("*.jpg"):
        s3.put(path.relative_to(photos).as_posix(), path.read_bytes())
    program("run", s3.uri(), "--out", tmp_path / "results", *SMALL, *s3.flags())
    assert_equal_results(tmp_path / "results", local)


def test_the_endpoint_may_come_from_the_environment(program, s3, images, local, tmp_path):
    program.having(AWS_ENDPOINT_URL=s3.server.endpoint)("run", images, "--out", tmp_path / "results", *SMALL)
    assert_equal_results(tmp_path / "results", local)


def test_credentials_may_come_from_a_profile(small, s3, images, local, tmp_path, tmp_path_factory):
    credentials = tmp_path_factory.mktemp("profile") / "credentials"
    credentials.write_text(f"[fruits]\naws_access_key_id = {s3.server.access_key}\n"
                           f"aws_secret_access_key = {s3.server.secret_key}\n")
    program = small.having(AWS_SHARED_CREDENTIALS_FILE=credentials, AWS_PROFILE="fruits", AWS_CONFIG_FILE="/dev/null",
                           AWS_EC2_METADATA_DISABLED="true")
    program("run", images, "--out", tmp_path / "results", *SMALL, *s3.flags())
    assert_equal_results(tmp_path / "results", local)


def test_every_image_is_asked_for_once_and_nothing_else_of_it(program, s3, faults, images, tmp_path):
    program("embed", images, "--out", tmp_path / "results", *SMALL[:-2], *s3.flags(faults.endpoint))
    asked = [request for request in faults.requests if request.path.endswith(".jpg")]
    assert sorted(request.path for request in asked) == sorted(f"/{s3.name}/{key}" for key in s3.keys("photos"))
    assert {request.kind for request in asked} == {"get"}
    assert sum(count for kind, count in faults.counts().items() if kind != "get") <= 4


def test_images_are_read_before_the_listing_is_complete(program, s3, faults, tmp_path):
    """The second page is held back until an image was asked for."""
    picture = encoded(1)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: s3.put(f"photos/{number:04d}.jpg", picture), range(1_100)))
    read = threading.Event()
    waited = []
    faults.add(fault.call(read.set), kind="get", path=r"\.jpg$")
    faults.add(fault.call(lambda: waited.append(read.wait(20))), kind="list", query="continuation-token")
    program("embed", s3.uri("photos"), "--out", tmp_path / "results", *SMALL[:-2], *s3.flags(faults.endpoint))
    assert waited == [True]
    assert len(rows(tmp_path / "results")) == 1_100


def test_names_of_any_kind_are_found(program, s3, tmp_path):
    names = ["a b.jpg", "ä/ö ü.jpg", "100%25.jpg", "x+y&z=1.jpg", "quote'\".jpg", "#1?.jpg", "日本.jpg", "semi;colon,.jpg"]
    for number, name in enumerate(names):
        s3.put(f"odd names/{name}", encoded(number))
    program("run", s3.uri("odd names"), "--out", tmp_path / "results", *SMALL, *s3.flags())
    assert sorted(rows(tmp_path / "results").index) == sorted(names)
    assert len(features(tmp_path / "results")) == len(names)


def test_a_bad_object_is_a_bad_row(program, s3, images, tmp_path):
    s3.put("photos/text.jpg", b"not an image")
    s3.put("photos/empty.jpg", b"")
    s3.put("photos/folder.jpg/", b"")
    s3.put("photos/readme.txt", b"passed over")
    program("run", images, "--out", s3.uri("results"), "--max-bad", 1, *SMALL, *s3.flags())
    found = rows(s3.download("results", tmp_path / "results"))
    assert sorted(found.index[found["error"].notna()]) == ["empty.jpg", "text.jpg"] and len(found) == 26


def test_an_object_that_goes_while_it_is_listed_is_a_bad_row(program, s3, faults, images, tmp_path):
    gone = s3.keys("photos")[-1]
    faults.add(fault.call(lambda: s3.client.delete_object(Bucket=s3.name, Key=gone)), kind="get", path=r"\.jpg$", times=1)
    faults.add(fault.latency(0.2), kind="get", path=gone)
    program("run", images, "--out", s3.uri("results"), "--max-bad", 1, *SMALL, *s3.flags(faults.endpoint))
    found = rows(s3.download("results", tmp_path / "results"))
    assert list(found.index[found["error"].notna()]) == [gone.removeprefix("photos/")] and len(found) == 24


def test_objects_that_come_while_it_is_listed_do_no_harm(program, s3, faults, images, local, tmp_path):
    """They are found or not; the next --resume has them all, and embeds only what is new."""
    late = iter(range(100, 1_000))
    faults.add(fault.call(lambda: s3.put(f"photos/kiwi/{(n := next(late))}.jpg", encoded(n))), kind="get", path=r"\.jpg$",
               times=10)
    job = ("run", images, "--out", s3.uri("results"), *SMALL, *s3.flags(faults.endpoint))
    program(*job)
    first = rows(s3.download("results", tmp_path / "first"))
    assert 24 <= len(first) <= 34 and first["error"].isna().all()
    faults.clear()
    program(*job, "--resume")
    assert len(rows(s3.download("results", tmp_path / "second"))) == 34
    images_read = [request for request in faults.requests if request.kind == "get" and request.path.endswith(".jpg")]
    assert len(images_read) == 34 - len(first)


def test_new_images_alone_are_embedded_by_resume(program, s3, faults, images, tmp_path):
    job = ("run", images, "--out", s3.uri("results"), *SMALL, *s3.flags(faults.endpoint))
    program(*job)
    before = s3.download("results", tmp_path / "before")
    s3.upload(paint(tmp_path / "more", 6, first=24), "photos")
    faults.clear()
    assert "resume" in program.fails(2, *job)
    assert faults.counts()["get"] == 0 or not any(r.path.endswith(".jpg") for r in faults.requests)
    program(*job, "--resume")
    asked = [request.path for request in faults.requests if request.path.endswith(".jpg")]
    assert sorted(asked) == sorted(f"/{s3.name}/{key}" for key in s3.keys("photos") if int(key[-8:-4]) >= 24)
    program("validate", s3.uri("results"), *s3.flags())
    after = s3.download("results", tmp_path / "after")
    assert len(rows(after)) == 30
    assert rows(after).loc[rows(before).index, "features"].map(bytes).equals(rows(before)["features"].map(bytes))


def test_overwrite_replaces_a_result_and_leaves_nothing_of_it(program, s3, images, local, tmp_path):
    program("embed", images, "--out", s3.uri("results"), "--model", "small", "--rows-per-part", 2, *s3.flags())
    program("run", images, "--out", s3.uri("results"), "--overwrite", *SMALL, *s3.flags())
    program("validate", s3.uri("results"), *s3.flags())
    assert_equal_results(s3.download("results", tmp_path / "results"), local)
    assert len(s3.keys("results/features/")) == 6


def test_what_is_not_there_is_said_in_one_line(program, s3, images, tmp_path):
    out = ("--out", tmp_path / "results", *SMALL, *s3.flags())
    assert "s3://no-such-bucket" in program.fails(1, "run", "s3://no-such-bucket/photos", *out)
    assert s3.uri("nothing") in program.fails(1, "run", s3.uri("nothing"), *out)
    assert s3.uri("nothing") in program.fails(1, "validate", s3.uri("nothing"), *s3.flags())
    assert not (tmp_path / "results").exists()
    assert "s3://no-such-bucket" in program.fails(1, "run", images, "--out", "s3://no-such-bucket/r", *SMALL, *s3.flags())


def test_keys_in_a_uri_are_refused_and_not_repeated(program, s3, images, tmp_path):
    secret = "u5er:pa55word"
    for job in (("run", f"s3://{secret}@{s3.name}/photos", "--out", tmp_path / "results"),
                ("run", images, "--out", f"s3://{secret}@{s3.name}/results")):
        outcome = program.try_(*job, *SMALL, *s3.flags())
        assert outcome.code in (1, 2)
        assert "AWS_" in the_error(outcome) or "environment" in the_error(outcome)
        assert not any(part in outcome.err + outcome.out for part in ("u5er", "pa55word"))


def test_an_open_bucket_is_read_without_credentials(small, s3, images, local, tmp_path):
    s3.client.put_bucket_policy(Bucket=s3.name, Policy="""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::%s", "arn:aws:s3:::%s/*"]}]}""" % (s3.name, s3.name))
    anyone = small.having(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null",
                          AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    anyone("run", images, "--out", tmp_path / "results", "--s3-anonymous", *SMALL, *s3.flags())
    assert_equal_results(tmp_path / "results", local)
