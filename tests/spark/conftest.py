import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from job import SHORT_LIVED, SparkJob, environment_of
from photographs import paint
from sparks import ROOT, spark_packages

BUILD = Path(os.environ.get("COULIS_BUILD", ROOT / "build" / "release"))
sys.path.append(str(ROOT / "python"))


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
def job(jar, small, tmp_path_factory) -> SparkJob:
    """The job on that Spark, with `small`'s models."""
    home = Path(spark_packages()) / "pyspark"
    java = f"{SHORT_LIVED} -Dcoulis.cache.dir={tmp_path_factory.mktemp('native')}"
    conf = {"spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false", "spark.driver.memory": "600m",
            "spark.driver.extraJavaOptions": java, "spark.executor.extraJavaOptions": java}
    return SparkJob(home, jar, environment_of(small), conf)


@pytest.fixture(scope="session")
def helpers(jar, tmp_path_factory) -> Path:
    """A jar with FlakyFileSystem and ManyRuns."""
    folder = tmp_path_factory.mktemp("helpers")
    sources = [Path(__file__).with_name(f"{name}.java") for name in ("FlakyFileSystem", "ManyRuns")]
    subprocess.run(["javac", "--release", "8", "-Xlint:-options", "-cp", f"{spark_packages()}/pyspark/jars/*:{jar}",
                    "-d", folder / "classes", *sources], check=True)
    subprocess.run(["jar", "cf", folder / "helpers.jar", "-C", folder / "classes", "."], check=True)
    return folder / "helpers.jar"


@pytest.fixture(scope="session")
def wheel(jar, tmp_path_factory) -> Path:
    """Made without a network."""
    builder = os.environ.get("COULIS_WHEEL_PYTHON")
    if not builder:
        pytest.skip("COULIS_WHEEL_PYTHON is not set: scripts/test spark sets it")
    folder = tmp_path_factory.mktemp("wheel")
    environment = os.environ | {"COULIS_PYTHON": builder, "COULIS_JAR": str(jar), "PIP_NO_INDEX": "1"}
    file = subprocess.check_output([ROOT / "scripts" / "build-wheel", folder], env=environment, text=True).strip()
    assert [Path(file)] == list(folder.iterdir())
    return Path(file)


@pytest.fixture(scope="session")
def spark(jar, small, models_folder, tmp_path_factory):
    """A session of the Spark under test, with the jar; its models are small and mobilenet_v2."""
    sys.path.append(spark_packages())
    import coulis.spark

    folder = tmp_path_factory.mktemp("spark")
    Path(small.environment["COULIS_MODELS"], "mobilenet_v2").symlink_to(models_folder / "mobilenet_v2")
    os.environ |= {"COULIS_MODELS": str(small.environment["COULIS_MODELS"]), "COULIS_JAR": str(jar), "SPARK_LOCAL_IP": "127.0.0.1"}
    # The whole heap is taken at once, so that a process that grows grows outside it.
    java = f"-Dcoulis.cache.dir={folder / 'cache'} -Xms1g -XX:+AlwaysPreTouch"
    session = coulis.spark.session({
        "spark.driver.memory": "1g", "spark.driver.extraJavaOptions": java, "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": 2, "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local")}, master="local[2]")
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def run(tmp_path):
    """Runs Python source in a process of its own, which finds pyspark, numpy and SETTINGS; gives the lines that it prints."""

    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.warehouse.dir": str(tmp_path / "warehouse")}

    def python(source: str, *packages, program=sys.executable, **environment):
        path = [*packages, spark_packages(), Path(numpy.__file__).parents[1]]
        cleared = {name: value for name, value in os.environ.items() if name != "COULIS_JAR"}
        source = f"SETTINGS = {settings}\n{source}"
        done = subprocess.run([program, "-c", source], capture_output=True, text=True, check=False, cwd=tmp_path,
                              env=cleared | {"PYTHONPATH": ":".join(map(str, path)), "SPARK_LOCAL_IP": "127.0.0.1", **environment})
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout.splitlines()

    return python
