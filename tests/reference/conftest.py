"""What the tests of imported models share."""

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def coulis(coulis_binary, tmp_path_factory):
    """Runs the command with models of its own. Gives what it answers, or, when it is to fail, what it complains of."""
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {"COULIS_MODELS": str(home / "models"), "XDG_CACHE_HOME": str(home / "cache")}

    def run(*arguments, code=0) -> str:
        done = subprocess.run([coulis_binary, *map(str, arguments)], env=environment, capture_output=True, text=True,
                              check=False)
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    return run


@pytest.fixture(scope="module")
def run_with_keras(tmp_path_factory):
    """Runs one of the programs here with TensorFlow's Python; gives the folder in which it has left its files."""
    python = os.environ.get("COULIS_KERAS_PYTHON")
    if not python:
        pytest.skip("COULIS_KERAS_PYTHON is not set: scripts/test keras sets it")

    def run(program: str, photographs: Path) -> Path:
        folder = tmp_path_factory.mktemp(Path(program).stem)
        done = subprocess.run([python, HERE / program, folder, *sorted(photographs.rglob("*.jpg"))],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return folder

    return run
