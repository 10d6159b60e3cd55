"""The jar with Coulis's classes and native code, and Spark sessions that have it."""

import os
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

_CARRIED = Path(__file__).with_name("coulis-spark.jar")


class JarMissing(RuntimeError):
    """A session that has not Coulis's jar, or a jar that is not where it should be."""


def jar() -> str:
    """The path of coulis-spark.jar: what the environment variable COULIS_JAR names, else the one in this package.

    For `--jars` of spark-submit and for the setting `spark.jars`::

        spark-submit --jars "$(python3 -c 'import coulis.spark; print(coulis.spark.jar())')" job.py
    """
    named = os.environ.get("COULIS_JAR")
    file = Path(named) if named else _CARRIED
    if file.is_file():
        return str(file.resolve())
    if named:
        raise JarMissing(f"COULIS_JAR is {named}, and there is no such file")
    raise JarMissing("this installation of coulis carries no coulis-spark.jar: set COULIS_JAR to one, or install the wheel "
                     "that scripts/build-wheel makes")


def session(conf=None, **settings):
    """A SparkSession that has Coulis's jar, with what Spark's own defaults do not say from `conf`::

        spark = coulis.spark.session({"spark.driver.memory": "4g"}, master="local[4]")

    `conf` is a dict of settings; `master` and `appName` may be named besides. A session that is there already is given
    back when it has the jar and nothing was asked for; else this is an error, because a running session takes neither.
    """
    conf = dict(conf or {})
    for name, setting in ("master", "spark.master"), ("appName", "spark.app.name"):
        if name in settings:
            conf[setting] = settings.pop(name)
    if settings:
        raise TypeError(f"session() takes conf, master and appName, not {', '.join(settings)}: settings of Spark go into conf")
    active = SparkSession.getActiveSession()
    if active is not None:
        return _running(active, conf)
    conf["spark.jars"] = ",".join(filter(None, [conf.get("spark.jars"), jar()]))
    builder = SparkSession.builder.appName("coulis")
    for name, value in conf.items():
        builder = builder.config(name, value)
    started = builder.getOrCreate()
    try:
        require_jar()
    except JarMissing:  # An earlier session left its JVM.
        started.stop()
        raise
    return started


def _running(active, conf):
    differing = [name for name, value in conf.items() if active.conf.get(name, None) != str(value)]
    if differing:
        raise RuntimeError(f"a Spark session is running, with other settings than asked for ({', '.join(sorted(differing))}): "
                           "stop it first, or call session() without settings")
    require_jar()
    return active


def is_connect() -> bool:
    """Whether this Python speaks to Spark by Spark Connect, without a JVM of its own."""
    from pyspark.sql.utils import is_remote

    return is_remote()


def require_jar() -> None:
    """JarMissing unless there is a session whose driver finds the classes of the jar. Connect's servers speak for themselves."""
    if is_connect():
        if pyspark.__version__.startswith("3."):
            raise RuntimeError(f"over Spark Connect stages of Spark ML need Spark 4.0, this is {pyspark.__version__}")
        return
    active = SparkSession.getActiveSession()
    if active is None:
        raise JarMissing("there is no Spark session: start one with coulis.spark.session()")

    from py4j.java_gateway import JavaClass

    if not isinstance(active._jvm.coulis.spark.ImageEmbedder, JavaClass):
        raise JarMissing("this Spark session has not coulis-spark.jar: start Python anew with coulis.spark.session(), or with the "
                         "setting spark.jars (spark-submit --jars) as coulis.spark.jar() says")
