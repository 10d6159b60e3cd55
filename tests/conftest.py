"""What several folders of tests share: the program, and real photographs where they are."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "cli"))  # command.py, networks.py, photographs.py, results.py

from command import Coulis  # noqa: E402
from steps import Steps, built  # noqa: E402


@pytest.fixture(scope="session")
def coulis_binary() -> Path:
    """The program under test: $COULIS, else $COULIS_BUILD/cli/coulis."""
    build = os.environ.get("COULIS_BUILD")
    named = os.environ.get("COULIS") or (build and Path(build, "cli", "coulis"))
    assert named, "set COULIS to the program, or COULIS_BUILD to the build folder (scripts/test does)"
    binary = Path(named).resolve()
    assert os.access(binary, os.X_OK), f"{binary} is missing or no program: build it (scripts/setup)"
    return binary


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the installed models are, found as the program finds them."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = Path(os.environ.get("COULIS_MODELS") or Path(data, "coulis", "models"))
    assert (folder / "mobilenet_v2").is_dir(), f"no model in {folder}: run `coulis models pull mobilenet_v2`"
    return folder


@pytest.fixture(scope="session")
def coulis(coulis_binary, models_folder, tmp_path_factory) -> Coulis:
    """The program with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "XDG_DATA_HOME")}
    return Coulis(coulis_binary, environment).having(
        HOME=home, XDG_CACHE_HOME=home / "cache", COULIS_MODELS=models_folder, LC_ALL="C.UTF-8")


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """24 photographs of four labels. To read only."""
    from photographs import paint  # Here: not every environment that has tests has what paints.

    return paint(tmp_path_factory.mktemp("photographs") / "photos", 24)


@pytest.fixture(scope="session")
def small(coulis, tmp_path_factory) -> Coulis:
    """The program with a network, "small", for which no test has to wait."""
    from networks import network  # as above

    folder = tmp_path_factory.mktemp("small")
    program = coulis.having(COULIS_MODELS=folder / "models")
    program("models", "import", network(folder / "small.onnx", shape=(1, 3, 32, 24)), "--name", "small")
    return program


@pytest.fixture
def steps(coulis, tmp_path) -> Steps:
    """Of a run into tmp_path / "results"."""
    return Steps(coulis, built(tmp_path), tmp_path / "results")


@pytest.fixture(scope="session")
def fruits360() -> Path:
    """A folder of Fruits-360 photographs, where COULIS_FRUITS360 names one."""
    folder = os.environ.get("COULIS_FRUITS360")
    if not folder:
        pytest.skip("COULIS_FRUITS360 is not set")
    assert Path(folder).is_dir(), f"COULIS_FRUITS360 is {folder}, which is no folder"
    return Path(folder)
