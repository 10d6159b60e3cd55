"""An account of AWS that is not one: moto as a proxy with a certificate, so that the aws command runs unchanged."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))  # command.py

from command import Coulis  # noqa: E402


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    """Until the process listens on the port."""
    while True:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


@pytest.fixture(scope="module")
def aws(tmp_path_factory) -> dict[str, str]:
    """An environment in which the aws command speaks to the mock."""
    port, home = free_port(), tmp_path_factory.mktemp("home")
    log = home / "proxy.log"
    command = [str(Path(sys.executable).with_name("moto_proxy")), "-H", "127.0.0.1", "-p", str(port)]
    import moto.moto_proxy as package

    address = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
    managed = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}  # EMR's own policy, which a role of ours has
    with log.open("w") as written, subprocess.Popen(command, stdout=written, stderr=written, env=os.environ | managed) as proxy:
        try:
            wait_for(port, proxy, log)
            yield kept | {
                "HOME": str(home), "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": "eu-west-3", "AWS_CA_BUNDLE": str(Path(package.__file__).with_name("ca.crt")),
                "HTTPS_PROXY": address, "HTTP_PROXY": address, "NO_PROXY": "",
            }
        finally:
            proxy.terminate()


@pytest.fixture(scope="module")
def cloud(coulis_binary, aws) -> Coulis:
    """The program, in that environment."""
    if not shutil.which("aws"):
        pytest.skip("the aws command is missing (scripts/test deploy installs it)")
    return Coulis(coulis_binary, aws)
