"""A real S3 server on this machine, versitygw, which scripts/lib/s3_server.sh builds."""

import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-west-3"
ENOUGH_SECONDS = 30  # Only against a server that would never start or stop.


def program() -> Path:
    """versitygw: $COULIS_S3_SERVER, else where set-up put it."""
    found = Path(os.environ.get("COULIS_S3_SERVER") or Path(__file__).parents[2] / "build" / "versitygw")
    assert os.access(found, os.X_OK), f"{found} is missing: scripts/setup --tests builds it"
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class S3Server:
    """Keeps its buckets below `folder`; keys are made on the spot. `stop` ends it."""

    def __init__(self, folder: Path):
        self.access_key, self.secret_key = secrets.token_hex(10), secrets.token_hex(20)
        self._log = folder.with_name(folder.name + ".log")
        folder.mkdir()
        for _ in range(5):  # Another program may take the port that was free.
            port = free_port()
            self.endpoint = f"http://127.0.0.1:{port}"
            self._process = self._start(folder, port)
            if self._answers():
                return
            self.stop()
        raise RuntimeError(f"versitygw does not start: {self._log.read_text()}")

    def _start(self, folder: Path, port: int) -> subprocess.Popen:
        keys = {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [program(), "--port", f"127.0.0.1:{port}", "--region", REGION, "--quiet", "--health", "/healthz",
                 "posix", folder], env=os.environ | keys, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _answers(self) -> bool:
        until = time.monotonic() + ENOUGH_SECONDS
        while self._process.poll() is None and time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.endpoint + "/healthz", timeout=ENOUGH_SECONDS):
                    return self._process.poll() is None
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.01)
        return False

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(ENOUGH_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def environment(self) -> dict[str, str]:
        """What a program needs to be let in, and nothing of this machine's own."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

    def client(self, endpoint: str | None = None, secret_key: str | None = None, **config):
        """boto3's, which tries once unless `config` says otherwise."""
        chosen = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"}} | config
        return boto3.client("s3", endpoint_url=endpoint or self.endpoint, region_name=REGION,
                            aws_access_key_id=self.access_key, aws_secret_access_key=secret_key or self.secret_key,
                            config=Config(**chosen))
