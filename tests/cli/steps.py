"""Signals to the program before the n-th change that it makes to a folder: signal_at_step.c."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest


class Steps:
    """`folder` is what is watched."""

    def __init__(self, coulis, library: Path, folder: Path):
        self.coulis, self.library, self.folder = coulis, library, folder

    def program(self, **variables):
        return self.coulis.having(LD_PRELOAD=self.library, FOLDER=self.folder, **variables)

    def count(self, *job) -> int:
        """The number of changes that the undisturbed job makes."""
        file = self.folder.with_suffix(".count")
        self.program(COUNT=file)(*job)
        return int(file.read_text())

    def signal(self, number: int, step: int, *job):
        return self.program(SIGNAL=int(number), STEP=step).try_(*job)

    def kill(self, step: int, *job) -> None:
        assert self.signal(signal.SIGKILL, step, *job).code == -signal.SIGKILL


def built(folder: Path) -> Path:
    """The library to preload, made in `folder`."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler to build signal_at_step.c with")
    library = folder / "signal_at_step.so"
    source = Path(__file__).with_name("signal_at_step.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library
