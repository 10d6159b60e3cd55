"""What the other tests here stand on: the server is a faithful one, and each fault is what its name says."""

import io
import threading

import botocore.exceptions as wrong
import faults as fault
import pytest
from boto3.s3.transfer import TransferConfig
from server import S3Server

MB = 1 << 20


@pytest.fixture
def through(s3, faults):
    """A client behind the proxy that tries once and does not wait for long."""
    return s3.server.client(faults.endpoint, read_timeout=1, connect_timeout=1)


def test_a_wrong_key_is_refused(s3):
    stranger = s3.server.client(secret_key="guessed")
    with pytest.raises(wrong.ClientError, match="SignatureDoesNotMatch"):
        stranger.list_objects_v2(Bucket=s3.name)


def test_what_exists_is_not_replaced_by_if_none_match(s3):
    s3.client.put_object(Bucket=s3.name, Key="lock", Body=b"first", IfNoneMatch="*")
    with pytest.raises(wrong.ClientError, match="PreconditionFailed"):
        s3.client.put_object(Bucket=s3.name, Key="lock", Body=b"second", IfNoneMatch="*")
    assert s3.get("lock") == b"first"


def test_listing_comes_in_pages_and_in_order(s3):
    for number in range(7):
        s3.put(f"folder/{number}", b"")
    page = s3.client.list_objects_v2(Bucket=s3.name, MaxKeys=5)
    assert page["IsTruncated"] and [found["Key"][-1] for found in page["Contents"]] == list("01234")
    assert s3.keys() == [f"folder/{number}" for number in range(7)]


def test_a_stopped_server_is_gone(tmp_path):
    server = S3Server(tmp_path / "buckets")
    pid = server.pid
    server.stop()
    with pytest.raises(wrong.EndpointConnectionError):
        server.client().list_buckets()
    with pytest.raises(FileNotFoundError):
        open(f"/proc/{pid}/cmdline", "rb")


def test_all_that_is_signed_passes_the_proxy_whole(s3, faults, through):
    content = bytes(range(256)) * (20 * MB // 256)
    through.put_object(Bucket=s3.name, Key="a name/with ä+&.bin", Body=b"small")
    through.upload_fileobj(io.BytesIO(content), s3.name, "large",
                           Config=TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB))
    through.copy_object(Bucket=s3.name, Key="copy", CopySource={"Bucket": s3.name, "Key": "large"})
    assert through.get_object(Bucket=s3.name, Key="copy")["Body"].read() == content
    assert through.head_object(Bucket=s3.name, Key="large")["ContentLength"] == len(content)
    assert through.get_object(Bucket=s3.name, Key="large", Range="bytes=256-260")["Body"].read() == bytes(range(5))
    through.delete_object(Bucket=s3.name, Key="copy")
    assert [found["Key"] for found in through.list_objects_v2(Bucket=s3.name)["Contents"]] == s3.keys()
    assert faults.counts() == {"put": 1, "start upload": 1, "part": 4, "complete upload": 1, "copy": 1, "get": 2,
                               "head": 1, "delete": 1, "list": 1}
    assert {request.status for request in faults.requests} == {200, 204, 206}


@pytest.mark.parametrize("act, code", [
    (fault.internal_error, "InternalError"), (fault.slow_down, "SlowDown"), (fault.access_denied, "AccessDenied"),
    (fault.expired_token, "ExpiredToken"), (fault.no_such_bucket, "NoSuchBucket"),
    (fault.other_region, "PermanentRedirect")])
def test_an_error_of_s3_is_understood_as_such(s3, faults, through, act, code):
    s3.put("key", b"content")
    faults.add(act, kind="get")
    with pytest.raises(wrong.ClientError) as raised:
        through.get_object(Bucket=s3.name, Key="key")
    assert raised.value.response["Error"]["Code"] == code
    assert faults.requests[-1].status == raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_refused_upload_leaves_the_connection_in_order(s3, faults, through):
    faults.add(fault.slow_down, kind="put", times=1)
    with pytest.raises(wrong.ClientError):
        through.put_object(Bucket=s3.name, Key="key", Body=bytes(MB))
    through.put_object(Bucket=s3.name, Key="key", Body=b"second")
    assert s3.get("key") == b"second"


@pytest.mark.parametrize("act, problem", [
    (fault.reset, wrong.ConnectionClosedError), (fault.lose_answer, wrong.ConnectionClosedError),
    (fault.latency(30), wrong.ReadTimeoutError), (fault.stall(30), wrong.ReadTimeoutError)])
def test_a_broken_connection_is_one(s3, faults, through, act, problem):
    rule = faults.add(act, kind="put")
    with pytest.raises(problem):
        through.put_object(Bucket=s3.name, Key="key", Body=b"content")
    assert rule.hits == 1 and faults.requests[-1].status is None
    assert s3.keys() == (["key"] if act is fault.lose_answer else [])


def test_a_truncated_body_lacks_its_end(s3, faults, through):
    s3.put("key", bytes(MB))
    faults.add(fault.truncate(0.75), kind="get")
    body = through.get_object(Bucket=s3.name, Key="key")["Body"]
    with pytest.raises(wrong.IncompleteReadError, match=f"{3 * MB // 4} read"):
        while body.read(1 << 16):
            pass


def test_a_fault_happens_to_the_requests_that_were_chosen(s3, faults, through):
    def codes(*keys):
        result = []
        for key in keys:
            try:
                through.put_object(Bucket=s3.name, Key=key, Body=b"")
                result.append("ok")
            except wrong.ClientError as problem:
                result.append(problem.response["Error"]["Code"])
        return result

    rule = faults.add(fault.slow_down, kind="put", path=r"\.jpg$", after=1, times=2)
    assert codes("1.jpg", "2.png", "3.jpg", "4.jpg", "5.jpg") == ["ok", "ok", "SlowDown", "SlowDown", "ok"]
    assert rule.hits == 2
    faults.clear()
    faults.add(fault.slow_down, times=1, each_path=True)
    assert codes("1.jpg", "1.jpg", "2.jpg", "2.jpg") == ["SlowDown", "ok"] * 2
    faults.clear()
    faults.add(fault.slow_down, seconds=0)
    assert codes("1.jpg") == ["ok"]


def test_a_call_happens_before_or_after_the_server_acts(s3, faults, through):
    seen = []
    faults.add(fault.call(lambda: seen.append(s3.keys())), path="before")
    through.put_object(Bucket=s3.name, Key="before", Body=b"")
    faults.add(fault.call_after(lambda: seen.append(s3.keys())), path="after")
    with pytest.raises(wrong.ConnectionClosedError):
        through.put_object(Bucket=s3.name, Key="after", Body=b"")
    assert seen == [[], ["after", "before"]]


def test_faults_that_take_the_same_request_happen_one_after_the_other(s3, faults, through):
    seen = []
    faults.add(fault.call(lambda: seen.append("call")))
    faults.add(fault.access_denied)
    with pytest.raises(wrong.ClientError, match="AccessDenied"):
        through.list_objects_v2(Bucket=s3.name)
    assert seen == ["call"]


def test_many_connections_at_once_are_served(s3, faults):
    s3.put("key", b"content")
    meeting = threading.Barrier(20, timeout=30)
    faults.add(fault.call(meeting.wait), kind="get")  # Broken unless all 20 are there at the same time.
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
        s3.server.client(faults.endpoint).get_object(Bucket=s3.name, Key="key")["Body"].read())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"content"] * 20


def test_a_bucket_is_copied_there_and_back(s3, tmp_path):
    (tmp_path / "here" / "deep").mkdir(parents=True)
    (tmp_path / "here" / "deep" / "file").write_bytes(b"content")
    assert s3.upload(tmp_path / "here", "there") == s3.uri("there")
    assert s3.keys() == ["there/deep/file"] and s3.uploads() == []
    assert (s3.download("there", tmp_path / "back") / "deep" / "file").read_bytes() == b"content"
