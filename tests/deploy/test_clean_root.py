"""The bootstrap script in a clean Debian 12 root, as EMR runs it: by a user who is not root but may sudo, where there is
nothing but a shell, Python, the aws command and sudo. It takes a minute or two and some 100 MB of packages, so it runs only
where debootstrap is there (`apt-get install debootstrap`) and whoever runs it is root."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import stacks
from conftest import can_mount
from test_bootstrap import FROM, s3, upload  # noqa: F401

pytestmark = pytest.mark.skipif(
    not shutil.which("debootstrap") or not can_mount(), reason="a clean root needs debootstrap, and root with mounts of its own to run it"
)
# debootstrap does not see that cryptography needs the virtual part of cffi.
PACKAGES = "ca-certificates,python3,python3-venv,awscli,python3-cffi-backend,sudo"
# The root as debootstrap has made it, for the next time.
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coulis" / f"clean-root-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:12]}.tar"
# Mounts of its own, which end with it.
INSIDE = 'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


def mirror() -> list[str]:
    """Debian's mirror of this machine, if it says one."""
    for file in (*Path("/etc/apt/sources.list.d").glob("debian*"), Path("/etc/apt/sources.list")):
        text = file.read_text() if file.is_file() else ""
        for found in re.findall(r"^(?:URIs:|deb(?:\s+\[[^]]*\])?)\s+(\S+/debian/?)\s", text, re.MULTILINE):
            return [found]
    return []


@pytest.fixture(scope="module")
def clean(aws, tmp_path_factory):
    """clean(words...): runs them in the clean root as a user who may sudo, with the mock as AWS."""
    root = tmp_path_factory.mktemp("clean") / "root"
    if not KEPT.is_file():
        made = subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root), *mirror()],
                              capture_output=True, text=True)
        if made.returncode != 0:
            pytest.skip("no clean root could be made: " + made.stdout.strip()[-200:])
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        aside = KEPT.with_suffix(f".{os.getpid()}")
        subprocess.run(["tar", "-C", root, "-cf", aside, "."], check=True)
        aside.rename(KEPT)
    else:
        root.mkdir()
        subprocess.run(["tar", "-C", root, "-xf", KEPT], check=True)
    try:
        for file, name in ((stacks.FOLDER / "bootstrap", "bootstrap"), (aws["AWS_CA_BUNDLE"], "ca.crt")):
            shutil.copy(file, root / "usr/local/bin" / name)
        (root / "etc/sudoers.d/hadoop").write_text("hadoop ALL=(ALL) NOPASSWD: ALL\n")
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        subprocess.run(["chroot", root, "useradd", "--create-home", "hadoop"], check=True)
        variables = {name: value for name, value in aws.items() if name.startswith(("AWS_", "HTTP"))}
        variables |= {"AWS_CA_BUNDLE": "/usr/local/bin/ca.crt", "HOME": "/home/hadoop", "PATH": "/usr/local/bin:/usr/bin:/bin"}

        def run(*words: str) -> subprocess.CompletedProcess:
            command = ["unshare", "--mount", "sh", "-ec", INSIDE, str(root), "setpriv", "--reuid=hadoop", "--regid=hadoop", "--init-groups",
                       "env", "-i", *(f"{name}={value}" for name, value in variables.items()), *words]
            return subprocess.run(command, capture_output=True, text=True, cwd="/")

        yield run
    finally:
        shutil.rmtree(root)


def test_bootstrap_makes_the_python_of_notebooks_and_leaves_it_alone_then(clean, upload):  # noqa: F811
    upload("1.0")
    first = clean("bootstrap", FROM)
    assert first.returncode == 0 and "installing" in first.stdout, first
    fruit = clean("/opt/coulis/notebooks/bin/python", "-c", "import fruit; print(fruit.version)")
    assert fruit.stdout == "1.0\n", fruit
    assert clean("stat", "-c", "%U", "/opt/coulis").stdout == "hadoop\n"
    again = clean("bootstrap", FROM)
    assert again.returncode == 0 and ": there" in again.stdout and "installing" not in again.stdout, again


def test_bootstrap_changes_to_other_requirements(clean, upload):  # noqa: F811
    upload("2.0")
    assert clean("bootstrap", FROM).returncode == 0
    assert clean("/opt/coulis/notebooks/bin/python", "-c", "import fruit; print(fruit.version)").stdout == "2.0\n"
