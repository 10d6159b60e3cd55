"""The Python and Scala that docs/spark.md and the package's README show, run where photos/ and results/ are."""

import os
import re
import subprocess

import pytest
from sparks import ROOT


def shown(file: str, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, file
    return found


def blocks():
    for file, language in ("docs/spark.md", "py"), ("python/README.md", "python"):
        yield from (pytest.param(block, id=file) for block in shown(file, language))


@pytest.fixture(scope="module")
def local_results(coulis, photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents") / "results"
    coulis("run", photos, "--out", folder, "--max-bad", 1)
    return folder


@pytest.mark.parametrize("block", list(blocks()))
def test_what_is_shown_runs(spark, photos, local_results, tmp_path, block):
    # Relative names are the JVM's own, whose folder is another.
    places = {"photos": photos, "results": local_results, "fitted-chain": tmp_path / "chain", "vectors": tmp_path / "vectors"}
    for name, place in places.items():
        block = block.replace(f'"{name}', f'"{place}')
    exec(compile(block, "shown", "exec"), {})  # noqa: S102
    if '/vectors"' in block:
        assert spark.read.parquet(str(tmp_path / "vectors")).where("pca is not null").count() == 24


def test_the_scala_that_is_shown_runs_in_one_shell(job, photos, models_folder, tmp_path):
    """All of it in a row, as a reader would type it; a bucket's names are folders here."""
    lines = "\n".join(shown("docs/spark.md", "scala")).replace("s3a://bucket/photos", str(photos))
    lines = lines.replace("s3a://bucket/models", str(models_folder)).replace("s3a://bucket", str(tmp_path))
    check = """
for (made <- Seq("features", "vectors")) println(made + " " + spark.read.parquet(s"FOLDER/$made").where("error is null").count)
println("fitted on " + ScaledPCAModel.fromResults("FOLDER/fitted").fittedRows)
""".replace("FOLDER", str(tmp_path))
    conf = [part for name, value in job.conf.items() for part in ("--conf", f"{name}={value}")]
    environment = os.environ | job.environment | {"COULIS_MODELS": str(models_folder), "SPARK_HOME": str(job.home)}
    done = subprocess.run([job.home / "bin" / "spark-shell", "--master", "local[2]", "--jars", job.jar, *conf], cwd=tmp_path,
                          input=lines + check, env=environment, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr[-4000:]
    assert done.returncode == 0 and "error:" not in done.stdout.lower(), said
    assert all(line in done.stdout for line in ("features 24\n", "vectors 24\n", "fitted on 24\n")), said
