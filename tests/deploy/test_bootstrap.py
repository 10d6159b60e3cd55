"""The scripts of deploy/aws, run for real: the bootstrap with the aws command against a mock of S3, the certificate."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

import stacks

needs = pytest.mark.skipif(
    not (shutil.which("aws") and shutil.which("python3.11")), reason="aws or python3.11 is missing (scripts/setup --tests)"
)
FROM = f"s3://{stacks.BUCKET}/code/notebooks"


def run(script: str, *arguments, env=None) -> subprocess.CompletedProcess:
    return subprocess.run([str(stacks.FOLDER / script), *map(str, arguments)], env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def s3(aws):
    client = boto3.client(
        "s3", region_name="eu-west-3", aws_access_key_id="testing", aws_secret_access_key="testing",
        verify=aws["AWS_CA_BUNDLE"], config=Config(proxies={"https": aws["HTTPS_PROXY"]}),
    )
    client.create_bucket(Bucket=stacks.BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return client


def wheel(folder: Path, version: str) -> Path:
    """A wheel with one module, `fruit`, that knows its version."""
    file = folder / f"fruit-{version}-py3-none-any.whl"
    info = f"fruit-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("fruit.py", f"version = '{version}'\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: fruit\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"fruit.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return file


@pytest.fixture
def upload(s3, tmp_path):
    """upload(version, pinned=sha256 of the wheel): what `bootstrap` finds in the bucket."""

    def put(version: str, pinned: str | None = None):
        file = wheel(tmp_path, version)
        pinned = pinned or hashlib.sha256(file.read_bytes()).hexdigest()
        text = f"fruit=={version} --hash=sha256:{pinned}\n"
        s3.put_object(Bucket=stacks.BUCKET, Key="code/notebooks/requirements.txt", Body=text.encode())
        s3.put_object(Bucket=stacks.BUCKET, Key=f"code/notebooks/wheels/{file.name}", Body=file.read_bytes())

    yield put
    for item in s3.list_objects_v2(Bucket=stacks.BUCKET).get("Contents", []):
        s3.delete_object(Bucket=stacks.BUCKET, Key=item["Key"])


def installed(home: Path) -> str:
    command = [str(home / "notebooks/bin/python"), "-c", "import fruit; print(fruit.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@needs
def test_bootstrap_installs_what_is_in_the_bucket(aws, upload, tmp_path):
    upload("1.0")
    result = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert result.returncode == 0, result.stderr
    assert installed(tmp_path / "opt") == "1.0"
    lines = result.stdout.splitlines()
    assert len(lines) == 3 and all(line[10] == "T" and line[19] == "Z" for line in lines)  # each with its time


@needs
def test_bootstrap_again_leaves_all_as_it_is(aws, s3, upload, tmp_path):
    upload("1.0")
    run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    s3.delete_object(Bucket=stacks.BUCKET, Key="code/notebooks/wheels/fruit-1.0-py3-none-any.whl")
    again = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert again.returncode == 0, again.stderr
    assert ": there" in again.stdout and "installing" not in again.stdout
    assert installed(tmp_path / "opt") == "1.0"


@needs
def test_bootstrap_changes_to_other_requirements(aws, upload, tmp_path):
    upload("1.0")
    run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    upload("2.0")
    assert run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws).returncode == 0
    assert installed(tmp_path / "opt") == "2.0"


@needs
def test_bootstrap_makes_whole_what_was_interrupted(aws, s3, upload, tmp_path):
    upload("1.0")
    named = s3.get_object(Bucket=stacks.BUCKET, Key="code/notebooks/requirements.txt")["Body"].read()
    half = tmp_path / "opt" / f"python-{hashlib.sha256(named).hexdigest()[:12]}"
    (half / "bin").mkdir(parents=True)
    (half / "bin/python").write_text("half a file")
    result = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "opt/notebooks").resolve() == half
    assert installed(tmp_path / "opt") == "1.0"


@needs
def test_bootstrap_refuses_a_wheel_that_is_not_the_pinned_one(aws, upload, tmp_path):
    upload("1.0", pinned="0" * 64)
    result = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert result.returncode == 1
    assert "not those that requirements.txt names" in result.stderr.splitlines()[-1]
    assert not (tmp_path / "opt/notebooks").exists()


@needs
def test_bootstrap_takes_nothing_from_elsewhere(aws, s3, upload, tmp_path):
    """A package that the index has and the bucket has not."""
    upload("1.0")
    text = f"six==1.17.0 --hash=sha256:{'0' * 64}\n"
    s3.put_object(Bucket=stacks.BUCKET, Key="code/notebooks/requirements.txt", Body=text.encode())
    result = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert result.returncode == 1 and "No matching distribution" in result.stderr


@needs
def test_bootstrap_says_what_is_missing(aws, s3, tmp_path):
    result = run("bootstrap", "--home", tmp_path / "opt", FROM, env=aws)
    assert result.returncode == 1
    assert f"error: {FROM}/requirements.txt cannot be read: upload it" in result.stderr.splitlines()[-1]


def test_shellcheck_has_nothing_to_say():
    scripts = [str(stacks.FOLDER / name) for name in ("bootstrap", "certificate")]
    result = subprocess.run([str(Path(sys.executable).with_name("shellcheck")), *scripts], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["/not/s3"], ["--unknown", FROM]])
def test_bootstrap_without_a_place_is_bad_usage(arguments):
    result = run("bootstrap", *arguments)
    assert result.returncode == 2 and result.stderr.startswith("usage: bootstrap")


def openssl(*arguments) -> str:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def test_certificate_is_in_the_form_that_emr_wants(tmp_path):
    assert run("certificate", "eu-west-3", tmp_path / "nodes.zip").returncode == 0
    assert (tmp_path / "nodes.zip").stat().st_mode & 0o077 == 0  # it holds the key
    with zipfile.ZipFile(tmp_path / "nodes.zip") as archive:
        assert sorted(archive.namelist()) == ["certificateChain.pem", "privateKey.pem", "trustedCertificates.pem"]
        archive.extractall(tmp_path)
    chain, key, trusted = (tmp_path / name for name in ("certificateChain.pem", "privateKey.pem", "trustedCertificates.pem"))
    node = ["-verify_hostname", "ip-10-20-0-5.eu-west-3.compute.internal"]
    assert "OK" in openssl("verify", *node, "-CAfile", trusted, chain)
    assert openssl("x509", "-in", chain, "-noout", "-pubkey") == openssl("pkey", "-in", key, "-pubout")
    openssl("x509", "-in", chain, "-noout", "-checkend", 80 * 86400)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-2", ""])
def test_certificate_for_another_region_is_refused(tmp_path, region):
    result = run("certificate", region, tmp_path / "nodes.zip")
    assert result.returncode == 2 and not (tmp_path / "nodes.zip").exists()
