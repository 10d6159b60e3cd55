"""A disk that is full, and one that cannot be written to: the run ends in one line, and what was there stays whole."""

import errno
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import QUICK
from results import assert_same_results

SMALL = ("--rows-per-part", 4, "--threads", 2, *QUICK)


@contextmanager
def mounted(folder: Path, *options: str):
    """A tmpfs on `folder` while the block runs."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as problem:
        pytest.skip(f"mount cannot be started: {problem}")
    if done.returncode != 0:
        pytest.skip(f"only root may mount, where that is allowed at all: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that takes all room but `leave` bytes."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - leave, 1))
    return ballast


PAGE = 4096  # What a tmpfs gives a file at least.


@pytest.fixture(scope="module")
def expected(coulis, photos, tmp_path_factory) -> Path:
    results = tmp_path_factory.mktemp("expected") / "results"
    coulis("run", photos, "--out", results, *SMALL)
    return results


@pytest.mark.parametrize("share", [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_a_full_disk_is_an_error_and_resume_goes_on(coulis, photos, expected, tmp_path, share):
    needed = sum(-(-path.stat().st_size // PAGE) * PAGE for path in expected.rglob("*") if path.is_file())
    with mounted(tmp_path / "disk", "size=1m") as disk:
        ballast = fill(disk, leave=int(share * needed))
        job = ("run", photos, "--out", disk / "results", *SMALL)
        message = coulis.fails(1, *job)
        assert os.strerror(errno.ENOSPC) in message and "\n" not in message
        assert not (disk / "results" / "run.json").exists()
        ballast.unlink()
        coulis(*job, "--resume")
        coulis("validate", disk / "results")
        assert_same_results(disk / "results", expected)


def test_a_full_disk_leaves_the_earlier_result(coulis, photos, quick, tmp_path):
    with mounted(tmp_path / "disk", "size=1m") as disk:
        results = Path(shutil.copytree(quick, disk / "results"))
        fill(disk, 16 << 10)
        assert os.strerror(errno.ENOSPC) in coulis.fails(1, "run", photos, "--out", results, "--overwrite", *SMALL)
        coulis("validate", results)
        assert_same_results(results, quick)


def test_results_on_a_disk_that_is_read_only_stay_as_they_are(coulis, photos, quick, tmp_path):
    with mounted(tmp_path / "disk", "size=4m") as disk:
        results = Path(shutil.copytree(quick, disk / "results"))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for job in (("run", photos, "--out", results, "--overwrite", *SMALL), ("reduce", results, "--components", 2),
                    ("run", photos, "--out", disk / "new", *SMALL)):
            assert os.strerror(errno.EROFS) in coulis.fails(1, *job)
        coulis("validate", results)
        assert_same_results(results, quick)
        assert sorted(path.name for path in disk.iterdir()) == ["results"]
