"""`coulis run --engine spark`."""

import os
import signal
import time

import pytest
import results
from command import Coulis, ended

OPTIONS = ("--model", "small", "--components", 3, "--engine", "spark", "--master", "local[2]")
FEW = ("--driver-memory", "600m", "--spark-conf", "spark.ui.enabled=false", "--spark-conf", "spark.driver.host=127.0.0.1")


@pytest.fixture
def engine(small, job, jar) -> Coulis:
    java = {"JAVA_TOOL_OPTIONS": job.conf["spark.driver.extraJavaOptions"]}
    return small.having(SPARK_HOME=job.home, COULIS_JAR=jar, SPARK_LOCAL_IP="127.0.0.1", **java)


def test_it_finds_spark_and_the_jar_and_gives_the_exit_code_on(engine, small, photos, tmp_path):
    outcome = engine.try_("run", "--out", tmp_path / "spark", *OPTIONS, *FEW, "--", photos)
    assert outcome.code == 3 and "validated   11 checks passed" in outcome.out, outcome
    assert "more than --max-bad allows (5.0 %)" in outcome.messages[-1]
    small.try_("run", photos, "--out", tmp_path / "local", *OPTIONS[:4])
    results.assert_same_results(tmp_path / "local", tmp_path / "spark", 1e-9)


def test_what_is_missing_is_said(engine, photos, tmp_path):
    run = ("run", photos, "--out", tmp_path / "out", *OPTIONS)
    assert f"SPARK_HOME is {tmp_path}, which has no bin/spark-submit" in engine.having(SPARK_HOME=tmp_path).fails(1, *run)
    assert f"COULIS_JAR is {tmp_path}, which is no file" in engine.having(COULIS_JAR=tmp_path).fails(1, *run)
    nothing = {"SPARK_HOME": "", "COULIS_JAR": "", "PATH": "/nowhere"}
    assert "there is no Spark here" in engine.having(**nothing).fails(1, *run)
    assert "--master takes local[N]" in engine.fails(2, "run", photos, "--out", tmp_path, "--engine", "spark", "--master", "nowhere://x")
    assert "--executors" in engine.fails(2, *run, "--executors", 0)
    assert "is for --engine spark" in engine.fails(2, "run", photos, "--out", tmp_path / "out", "--executors", 2)


def test_a_signal_reaches_the_job(engine, photos, tmp_path):
    out = tmp_path / "out"
    with engine.started("run", photos, "--out", out, *OPTIONS, *FEW) as process:
        while not (out / ".incomplete").exists():
            assert process.poll() is None, ended(process)
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGTERM)
        assert ended(process).code == 128 + signal.SIGTERM
    assert not (out / "run.json").exists()
