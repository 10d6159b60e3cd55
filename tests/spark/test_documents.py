"""The Python that docs/spark.md and the package's README show, run where photos/ and results/ are."""

import re

import pytest
from sparks import ROOT


def blocks():
    for file, language in ("docs/spark.md", "py"), ("python/README.md", "python"):
        shown = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        assert shown, file
        yield from (pytest.param(block, id=file) for block in shown)


@pytest.mark.parametrize("block", list(blocks()))
def test_what_is_shown_runs(spark, coulis, photos, tmp_path, block):
    coulis("run", photos, "--out", tmp_path / "results", "--max-bad", 1)
    # As in the folder of results: relative names are the JVM's own.
    for name in "photos", "results", "fitted-chain", "vectors":
        block = block.replace(f'"{name}', f'"{photos if name == "photos" else tmp_path / name}')
    exec(compile(block, "shown", "exec"), {})  # noqa: S102
    if "vectors" in block and (tmp_path / "vectors").exists():
        assert spark.read.parquet(str(tmp_path / "vectors")).where("pca is not null").count() == 24
