"""The job on YARN with HDFS, as EMR runs it: the jar is all that the cluster gets."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import results
from job import SHORT_LIVED
from photographs import encoded

OPTIONS = ("--model", "small", "--rows-per-part", 4, "--components", 3, "--max-bad", 1)


class Hadoop:
    """The folder of the cluster's settings, and its HDFS."""

    def __init__(self, conf: Path, hdfs: str, process: subprocess.Popen):
        self.conf, self.hdfs, self._process = conf, hdfs, process

    def _copy(self, *order) -> None:
        self._process.stdin.write("\t".join(map(str, order)).encode() + b"\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == b"done", "see the cluster's log"

    def put(self, local: Path, name: str) -> None:
        self._copy("put", local, name)

    def get(self, name: str, local: Path) -> Path:
        self._copy("get", name, local)
        return local


@pytest.fixture(scope="module")
def hadoop(tmp_path_factory) -> Hadoop:
    jars = os.environ.get("COULIS_YARN_JARS")
    if not jars:
        pytest.skip("COULIS_YARN_JARS is not set: scripts/test spark sets it")
    folder = tmp_path_factory.mktemp("yarn")
    compiler = subprocess.check_output(["sh", "-c", "readlink -f $(command -v javac)"], text=True).strip()
    command = ["java", "-Xmx400m", SHORT_LIVED, "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", f"{jars}/*",
               Path(__file__).with_name("MiniYarn.java"), folder]
    with (folder / "log").open("wb") as log, subprocess.Popen(
            command, cwd=folder, env=os.environ | {"JAVA_HOME": str(Path(compiler).parents[1])}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log) as process:
        for line in process.stdout:
            if line.startswith(b"ready "):
                break
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        yield Hadoop(folder / "conf", line.split()[1].decode(), process)
        process.stdin.close()
        process.wait(60)


def on_yarn(job, hadoop, tmp_path, mode: str):
    return job.having(HADOOP_CONF_DIR=hadoop.conf).on("yarn").set({
        "spark.submit.deployMode": mode, "spark.yarn.jars": f"local:{job.home}/jars/*", "spark.executor.instances": 2,
        "spark.yarn.stagingDir": (tmp_path / "staging").as_uri(), "spark.executor.memory": "500m", "spark.yarn.am.memory": "400m",
        "spark.yarn.am.extraJavaOptions": SHORT_LIVED,
        "spark.yarn.maxAppAttempts": 1, "spark.driver.memory": "500m", "spark.executor.cores": 1} | (
            {"spark.driver.host": "127.0.0.1"} if mode == "client" else {}))


def test_the_rows_are_those_of_the_command(job, small, photos, hadoop, tmp_path):
    model = Path(small.environment["COULIS_MODELS"], "small")
    out = tmp_path / "out"
    outcome = on_yarn(job, hadoop, tmp_path, "cluster").try_(photos, "--out", out, *OPTIONS, "--model", model.as_uri())
    assert outcome.code == 0, outcome
    small("run", photos, "--out", tmp_path / "local", *OPTIONS)
    results.assert_same_results(tmp_path / "local", out, 1e-9)
    small("validate", out)


def test_executors_read_and_write_hdfs(job, small, photos, hadoop, tmp_path):
    """Images, model and results in HDFS; then a run that goes on there."""
    model = Path(small.environment["COULIS_MODELS"], "small")
    hadoop.put(photos, "/photos")
    hadoop.put(model, "/small")
    given = (f"{hadoop.hdfs}/photos", "--out", f"{hadoop.hdfs}/out", *OPTIONS, "--model", f"{hadoop.hdfs}/small")
    outcome = on_yarn(job, hadoop, tmp_path, "client").try_(*given)
    assert outcome.code == 0 and "validated   11 checks passed" in outcome.out, outcome
    hadoop.get("/out", tmp_path / "out")
    small("run", photos, "--out", tmp_path / "local", *OPTIONS)
    results.assert_same_results(tmp_path / "local", tmp_path / "out", 1e-9)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["features", "moments", "pca", "pca_model", "run.json"]
    assert results.record(tmp_path / "out")["options"]["inputs"] == [given[0]]

    added = shutil.copytree(photos, tmp_path / "photos")
    (added / "plum" / "another one.png").write_bytes(encoded(99, "PNG"))
    hadoop.put(added / "plum" / "another one.png", "/photos/plum/another one.png")
    job(*given, "--resume")
    hadoop.get("/out", tmp_path / "more")
    small("run", added, "--out", tmp_path / "local-more", *OPTIONS)
    results.assert_same_results(tmp_path / "local-more", tmp_path / "more", 1e-9)
    small("validate", tmp_path / "more")
