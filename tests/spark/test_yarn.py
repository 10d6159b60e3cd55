"""The job on YARN, as EMR runs it: the jar is all that the cluster gets."""

import os
import subprocess
from pathlib import Path

import pytest
import results

OPTIONS = ("--model", "small", "--rows-per-part", 4, "--components", 3, "--max-bad", 1)


@pytest.fixture(scope="module")
def yarn(tmp_path_factory) -> Path:
    """The folder of a cluster's settings."""
    jars = os.environ.get("COULIS_YARN_JARS")
    if not jars:
        pytest.skip("COULIS_YARN_JARS is not set: scripts/test spark sets it")
    folder = tmp_path_factory.mktemp("yarn")
    compiler = subprocess.check_output(["sh", "-c", "readlink -f $(command -v javac)"], text=True).strip()
    command = ["java", "-Xmx400m", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", f"{jars}/*",
               Path(__file__).with_name("MiniYarn.java"), folder]
    with (folder / "log").open("wb") as log, subprocess.Popen(
            command, cwd=folder, env=os.environ | {"JAVA_HOME": str(Path(compiler).parents[1])}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log) as process:
        for line in process.stdout:
            if line.strip() == b"ready":
                break
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        yield folder / "conf"
        process.stdin.close()
        process.wait(60)


@pytest.mark.parametrize("mode", ["client", "cluster"])
def test_the_rows_are_those_of_the_command(job, small, photos, yarn, tmp_path, mode):
    model = Path(small.environment["COULIS_MODELS"], "small")
    on_yarn = job.having(HADOOP_CONF_DIR=yarn).on("yarn").set({
        "spark.submit.deployMode": mode, "spark.yarn.jars": f"local:{job.home}/jars/*", "spark.executor.instances": 2,
        "spark.yarn.stagingDir": (tmp_path / "staging").as_uri(), "spark.executor.memory": "500m", "spark.yarn.am.memory": "400m",
        "spark.yarn.maxAppAttempts": 1, "spark.driver.memory": "500m", "spark.executor.cores": 1} | (
            {"spark.driver.host": "127.0.0.1"} if mode == "client" else {}))
    out = tmp_path / "out"
    outcome = on_yarn.try_(photos, "--out", out, *OPTIONS, "--model", model.as_uri())
    assert outcome.code == 0, outcome
    small("run", photos, "--out", tmp_path / "local", *OPTIONS)
    results.assert_same_results(tmp_path / "local", out, 1e-9)
    small("validate", out)
