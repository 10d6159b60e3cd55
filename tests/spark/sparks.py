"""Where the Spark under test is, and what its JVM says."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def error_of(call) -> str:
    """What Java says when `call` fails."""
    with pytest.raises(Exception) as raised:
        call()
    java = getattr(raised.value, "java_exception", None)
    causes = [] if java is not None else [str(raised.value)]
    while java is not None:
        causes.append(str(java.getMessage()))
        java = java.getCause()
    return " / ".join(causes)


def spark_packages() -> str:
    """The folder of pyspark and py4j that COULIS_SPARK_PYTHON has."""
    python = os.environ.get("COULIS_SPARK_PYTHON")
    if not python:
        pytest.skip("COULIS_SPARK_PYTHON is not set: scripts/test spark sets it")
    where = "import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parents[1])"
    return subprocess.check_output([python, "-c", where], text=True).strip()
