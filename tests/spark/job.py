"""Runs the job of the jar, by the spark-submit of the Spark that COULIS_SPARK_PYTHON has."""

import os
import subprocess
import threading
from base64 import b64decode, b64encode
from pathlib import Path

from command import ENOUGH_SECONDS, Coulis, Outcome

# What Spark itself and its JVM say on standard error.
OF_SPARK = ("Using Spark's default log4j profile", "WARNING: Using incubator modules", "WARN NativeCodeLoader")

# For JVMs that live for seconds: half of their time would go to code that is compiled well and hardly run.
SHORT_LIVED = "-XX:TieredStopAtLevel=1"


def of_job(errors: str) -> str:
    """What the job itself says on standard error."""
    return "\n".join(line for line in errors.splitlines() if not any(text in line for text in OF_SPARK))


class SparkJob(Coulis):
    """spark-submit with the jar, as if it were the command `coulis run`."""

    def __init__(self, home: Path, jar: Path, environment: dict[str, str], conf: dict[str, str], master: str = "local[2]"):
        super().__init__(home / "bin" / "spark-submit", environment | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"})
        self.home, self.jar, self.conf, self.master = home, jar, conf, master

    def on(self, master: str, **conf) -> "SparkJob":
        """The same, elsewhere; an underscore in the name of a setting stands for a dot."""
        return self.set({name.replace("_", "."): str(value) for name, value in conf.items()}, master)

    def set(self, conf: dict, master: str | None = None) -> "SparkJob":
        return SparkJob(self.home, self.jar, self.environment, self.conf | conf, master or self.master)

    def having(self, **variables) -> "SparkJob":
        environment = self.environment | {name: str(value) for name, value in variables.items()}
        return SparkJob(self.home, self.jar, environment, self.conf, self.master)

    def submit(self, *arguments) -> list[str]:
        """The command line of spark-submit with `arguments`."""
        conf = [part for name, value in self.conf.items() for part in ("--conf", f"{name}={value}")]
        return [str(self.binary), "--master", self.master, *conf, *map(str, arguments)]

    def command(self, *arguments) -> list:
        return self.submit("--class", "coulis.spark.Main", self.jar, *arguments)

    def try_(self, *arguments, **popen) -> Outcome:
        outcome = super().try_(*arguments, **popen)
        return Outcome(outcome.code, outcome.out, of_job(outcome.err))


class ManyRuns(SparkJob):
    """The same job, all of whose runs are in one process (ManyRuns.java), so that none waits for a JVM to start. What is made
    of it by `on`, `set` and `having` is submitted."""

    def __init__(self, job: SparkJob, runs: Path, log: Path):
        super().__init__(job.home, job.jar, job.environment, job.conf, job.master)
        with log.open("wb") as errors:
            self._process = subprocess.Popen(self.submit("--jars", job.jar, "--class", "ManyRuns", runs), env=self.environment,
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)

    def try_(self, *arguments, **popen) -> Outcome:
        assert not popen, "that takes a process of its own"
        self._process.stdin.write(b" ".join(b64encode(str(argument).encode()) for argument in arguments) + b"\n")
        self._process.stdin.flush()
        hanging = threading.Timer(ENOUGH_SECONDS, self._process.kill)
        hanging.start()
        code, out, err = self._process.stdout.readline().decode().split(",")
        hanging.cancel()
        return Outcome(int(code), b64decode(out).decode(), of_job(b64decode(err).decode()))

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(ENOUGH_SECONDS)


def environment_of(program: Coulis) -> dict[str, str]:
    """What a job needs of the environment of the command."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SPARK", "AWS", "COULIS"))} | {
        "COULIS_MODELS": str(program.environment["COULIS_MODELS"])}
