import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import Coulis
from networks import network
from photographs import paint

BUILD = Path(os.environ.get("COULIS_BUILD", Path(__file__).resolve().parents[2] / "build" / "release"))


@pytest.fixture(scope="session")
def jar() -> Path:
    file = BUILD / "spark" / "coulis-spark.jar"
    if not file.is_file():
        pytest.skip(f"{file} is missing: scripts/test spark builds it")
    return file


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """24 photographs of four labels, and three files that are none. To read only."""
    folder = paint(tmp_path_factory.mktemp("photographs") / "photos", 24)
    whole = next(folder.glob("apple/*.jpg")).read_bytes()
    for name, content in {"cut": whole[:700], "text": b"not an image", "broken": whole[:2] + whole[99:]}.items():
        (folder / "kiwi" / f"{name}.jpg").write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def spark(jar, small, tmp_path_factory):
    """A session of the Spark that COULIS_SPARK_PYTHON has, with the jar and `small`'s models."""
    python = os.environ.get("COULIS_SPARK_PYTHON")
    if not python:
        pytest.skip("COULIS_SPARK_PYTHON is not set: scripts/test spark sets it")
    where = "import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parents[1])"
    sys.path.append(subprocess.check_output([python, "-c", where], text=True).strip())
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    os.environ["COULIS_MODELS"] = str(small.environment["COULIS_MODELS"])
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    # The whole heap is taken at once, so that a process that grows grows outside it.
    java = f"-Dcoulis.cache.dir={folder / 'cache'} -Xms1g -XX:+AlwaysPreTouch"
    settings = {"spark.jars": jar, "spark.driver.memory": "1g", "spark.driver.extraJavaOptions": java,
                "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": 2,
                "spark.sql.warehouse.dir": folder / "warehouse", "spark.local.dir": folder / "local"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, str(value))
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
