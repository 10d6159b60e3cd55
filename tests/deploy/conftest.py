"""An account of AWS that is not one: moto as a proxy with a certificate, so that the aws command runs unchanged."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))  # command.py

from command import Coulis  # noqa: E402

REGION = "eu-west-3"
ANSWERS = """#!{python}
import gzip, json, os, sys
words = " ".join(sys.argv[1:])
for part, code, out, err, *files in json.load(open({table!r})):
    if part in words:
        for name, text in (files[0].items() if files else ()):  # a copy: below the last word that is a place
            place = [word for word in sys.argv[1:] if word.startswith(("/", "here"))][-1]
            name = os.path.join(place, name) if name else place
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            open(name, "wb").write(gzip.compress(text.encode()))
        print(out, end="")
        print(err, end="", file=sys.stderr)
        sys.exit(code)
sys.exit("no answer to " + words)
"""


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


def stand_in(**outputs: str) -> str:
    """The template of a stack that has these outputs, in place of one that moto cannot make."""
    return json.dumps({"Resources": {"Nothing": {"Type": "AWS::SQS::Queue"}}, "Outputs": {name: {"Value": value} for name, value in outputs.items()}})


def cluster_that_stays(client, **nodes: int) -> str:
    """The id of a cluster of moto's own, with so many nodes of each role."""
    groups = [{"Name": role, "InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count} for role, count in nodes.items()]
    return client("emr").run_job_flow(
        Name="coulis", ReleaseLabel="emr-7.13.0", JobFlowRole="nodes", ServiceRole="service",
        Instances={"KeepJobFlowAliveWhenNoSteps": True, "TerminationProtected": False, "InstanceGroups": groups})["JobFlowId"]


def can_mount() -> bool:
    """Whether a process may have mounts of its own: not where the root is no mount, as in a chroot."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


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
def cloud(coulis_binary, aws, models_folder) -> Coulis:
    """The program, in that environment, with the models that are installed."""
    if not shutil.which("aws"):
        pytest.skip("the aws command is missing (scripts/test deploy installs it)")
    return Coulis(coulis_binary, aws | {"COULIS_MODELS": str(models_folder), "COULIS_JAR": "none"})


@pytest.fixture(scope="module")
def client(aws):
    """client(service): the mock, asked by boto3."""
    def make(service: str):
        return boto3.client(service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing",
                            verify=aws["AWS_CA_BUNDLE"], config=Config(proxies={"https": aws["HTTPS_PROXY"]}))
    return make


@pytest.fixture
def aws_says(coulis_binary, tmp_path):
    """aws_says(rows...): the program, where `aws` answers by the first row whose text is among its words: text, exit code, output,
    errors, and what it copies, by name, as gzip."""

    def make(*rows) -> Coulis:
        (tmp_path / "bin").mkdir()
        table, program = tmp_path / "answers.json", tmp_path / "bin/aws"
        table.write_text(json.dumps(rows))
        program.write_text(ANSWERS.format(python=sys.executable, table=str(table)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return Coulis(coulis_binary, {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "COULIS_JAR": "none"})

    return make
