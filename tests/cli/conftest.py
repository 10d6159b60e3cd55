import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command import QUICK, Coulis
from photographs import paint


@pytest.fixture(scope="session")
def whole(coulis, photos, tmp_path_factory) -> Path:
    """Results of `coulis run` on `photos` in three parts, features and PCA. To read only."""
    results = tmp_path_factory.mktemp("whole") / "results"
    coulis("run", photos, "--out", results, "--rows-per-part", 8)
    return results


@pytest.fixture(scope="session")
def quick(coulis, photos, tmp_path_factory) -> Path:
    """The same with the features of an early layer. To read only."""
    results = tmp_path_factory.mktemp("quick") / "results"
    coulis("run", photos, "--out", results, "--rows-per-part", 8, *QUICK)
    return results


@pytest.fixture
def own(whole, tmp_path) -> Path:
    """A copy of `whole` that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "own"))


@pytest.fixture
def own_quick(quick, tmp_path) -> Path:
    """A copy of `quick` that a test may change."""
    return Path(shutil.copytree(quick, tmp_path / "own"))


@pytest.fixture(scope="session")
def obedient(coulis, tmp_path_factory) -> Coulis:
    """The program as one whom permissions bind, which root is not."""
    if os.geteuid() != 0:
        return coulis
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    locked = tmp_path_factory.mktemp("locked") / "file"
    locked.touch(mode=0o000)
    try:
        tried = subprocess.run([*prefix, "cat", locked], capture_output=True, text=True, check=False)
    except OSError as problem:
        pytest.skip(f"permissions do not bind root, and setpriv cannot be started: {problem}")
    if "Permission denied" not in tried.stderr:
        pytest.skip(f"permissions do not bind root, and setpriv cannot change that: {tried.stderr}")
    return coulis.under(*prefix)


@pytest.fixture(scope="session")
def large_photos(coulis, tmp_path_factory) -> Path:
    """Six photographs of 960 x 720, which fast decoding halves or more. To read only."""
    folder = tmp_path_factory.mktemp("large") / "photos"
    coulis("synth", "--count", 6, "--size", "960x720", "--out", folder, "--quiet")
    return folder
