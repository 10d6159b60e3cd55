"""Runs the job of the jar, by the spark-submit of the Spark that COULIS_SPARK_PYTHON has."""

import os
from pathlib import Path

from command import Coulis, Outcome

# What Spark itself and its JVM say on standard error.
OF_SPARK = ("Using Spark's default log4j profile", "WARNING: Using incubator modules", "WARN NativeCodeLoader")


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

    def command(self, *arguments) -> list:
        conf = [part for name, value in self.conf.items() for part in ("--conf", f"{name}={value}")]
        return [str(self.binary), "--master", self.master, *conf, "--class", "coulis.spark.Main", str(self.jar),
                *map(str, arguments)]

    def try_(self, *arguments, **popen) -> Outcome:
        outcome = super().try_(*arguments, **popen)
        lines = [line for line in outcome.err.splitlines() if not any(text in line for text in OF_SPARK)]
        return Outcome(outcome.code, outcome.out, "\n".join(lines))


def environment_of(program: Coulis) -> dict[str, str]:
    """What a job needs of the environment of the command."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SPARK", "AWS", "COULIS"))} | {
        "COULIS_MODELS": str(program.environment["COULIS_MODELS"])}
