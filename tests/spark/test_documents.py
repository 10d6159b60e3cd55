"""The Python that docs/spark.md and the package's README show, run where photos/ and results/ are."""

import re

import pytest
from sparks import ROOT


def blocks():
    for file, language in ("docs/spark.md", "py"), ("python/README.md", "python"):
        shown = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        assert shown, file
        yield from (pytest.param(block, id=file) for block in shown)


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
