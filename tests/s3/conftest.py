import itertools
from pathlib import Path

import pytest
from bucket import Bucket
from command import Coulis
from networks import network
from photographs import paint
from proxy import FaultProxy
from server import S3Server
from small import SMALL

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory) -> S3Server:
    server = S3Server(tmp_path_factory.mktemp("s3") / "buckets")
    yield server
    server.stop()


@pytest.fixture
def s3(s3_server) -> Bucket:
    """An empty bucket on a real S3 server."""
    return Bucket(s3_server, f"test-{next(numbers)}")


@pytest.fixture
def faults(s3_server) -> FaultProxy:
    """Stands before the server at an endpoint of its own: counts requests, and lets happen what is asked for."""
    proxy = FaultProxy(s3_server.endpoint)
    yield proxy
    proxy.stop()


@pytest.fixture
def program(small, s3, tmp_path) -> Coulis:
    """The same, let in to `s3`. After the test the keys are looked for in all that it printed and wrote."""
    program = small.having(**s3.environment).recorded()
    yield program
    told = [text.encode() for text in program.said]
    told += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    told += [s3.get(key) for key in s3.keys()]
    for secret in (s3.server.secret_key, s3.server.access_key):
        assert not any(secret.encode() in text for text in told)


@pytest.fixture(scope="session")
def local(small, photos, tmp_path_factory) -> Path:
    """Results of an undisturbed run on `photos` with SMALL, on this machine's disk. To read only."""
    results = tmp_path_factory.mktemp("local") / "results"
    small("run", photos, "--out", results, *SMALL)
    return results
