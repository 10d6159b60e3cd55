"""The moments that lie beside the features (docs/formats.md, "moments/")."""

import json
import shutil
import signal
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from command import QUICK, QUICK_LENGTH, ended
from photographs import paint
from results import assert_same_features, features, parts, pca_model, record, rewrite, vectors

COUNT = 8 * QUICK_LENGTH  # Twice what makes moments worth storing.
SMALL_PARTS = ("--rows-per-part", 20)


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    return paint(tmp_path_factory.mktemp("many") / "photos", COUNT)


@pytest.fixture(scope="module")
def embedded(coulis, many, tmp_path_factory) -> Path:
    """Features without a PCA. To read only."""
    out = tmp_path_factory.mktemp("embedded") / "results"
    coulis("embed", many, "--out", out, *SMALL_PARTS, *QUICK)
    return out


@pytest.fixture
def own_embedded(embedded, tmp_path) -> Path:
    return Path(shutil.copytree(embedded, tmp_path / "own"))


def stored(results: Path) -> tuple[dict, np.ndarray, np.ndarray]:
    """What it is of, mean, and the whole symmetric matrix."""
    table = parquet.read_table(results / "moments" / "moments.parquet")
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    dims = len(table)
    matrix = np.zeros((dims, dims))
    for i, row in enumerate(table["co_moments"].to_pylist()):
        assert len(row) == i + 1
        matrix[i, :i + 1] = matrix[:i + 1, i] = row
    return told, table["mean"].to_numpy(), matrix


def assert_same_pca(one: Path, other: Path):
    """Within 1e-9 of the largest value."""
    for a, b in zip(pca_model(one), pca_model(other), strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= 1e-9 * np.abs(b).max()


def assert_complete(results: Path):
    told, mean, matrix = stored(results)
    data = features(results).astype(np.float64)
    centred = data - data.mean(axis=0)
    assert told["coulis.rows"] == str(len(data))
    assert {part["file"]: part["bytes"] for part in json.loads(told["coulis.parts"])} == {
        part.name: part.stat().st_size for part in parts(results)}
    np.testing.assert_allclose(mean, data.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(matrix, centred.T @ centred, rtol=1e-9, atol=1e-9 * np.abs(matrix).max())


def test_embedding_stores_the_moments_of_all_features(embedded):
    assert_complete(embedded)


def test_few_images_have_no_moments_and_a_pca_all_the_same(coulis, quick, own_quick):
    assert not (quick / "moments").exists()
    coulis("reduce", own_quick)
    assert not (own_quick / "moments").exists()
    assert_same_pca(own_quick, quick)


def test_reduce_takes_the_stored_moments(coulis, own_embedded, tmp_path):
    without = Path(shutil.copytree(own_embedded, tmp_path / "without"))
    shutil.rmtree(without / "moments")
    coulis("reduce", own_embedded)
    coulis("reduce", without)
    assert_same_pca(own_embedded, without)
    assert_complete(without)  # Stored by reduce, for the next one.
    coulis("validate", own_embedded)


def test_moments_of_other_features_are_told_apart(coulis, own_embedded):
    """That `reduce` believes what fits its parts shows when it is given moments that are wrong."""
    moments = own_embedded / "moments" / "moments.parquet"
    table = parquet.read_table(moments)
    shifted = table.set_column(0, table.schema.field(0), [table["mean"].to_numpy() + 1])
    parquet.write_table(shifted, moments)
    coulis("reduce", own_embedded)
    truth = features(own_embedded).mean(axis=0)
    assert np.abs(pca_model(own_embedded)[0] - truth - 1).max() < 1e-5
    rewrite(parts(own_embedded)[0], lambda table: table.slice(1))
    coulis("reduce", own_embedded)  # Not the part that the moments are of: the features are asked.
    np.testing.assert_allclose(pca_model(own_embedded)[0], features(own_embedded).astype(float).mean(axis=0), rtol=1e-9)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_damaged_moments_are_made_anew_from_the_features(coulis, own_embedded, tmp_path, damage):
    moments = own_embedded / "moments" / "moments.parquet"
    data = bytearray(moments.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    contents = {"cut": data[:-100], "flipped": data, "empty": b"", "other": parts(own_embedded)[0].read_bytes()}
    moments.write_bytes(contents[damage])
    without = Path(shutil.copytree(own_embedded, tmp_path / "without"))
    shutil.rmtree(without / "moments")
    coulis("reduce", own_embedded)
    coulis("reduce", without)
    assert_same_pca(own_embedded, without)
    assert_complete(own_embedded)


def test_resumed_run_has_the_pca_of_an_undisturbed_one(coulis, many, embedded, tmp_path):
    undisturbed = Path(shutil.copytree(embedded, tmp_path / "undisturbed"))
    coulis("reduce", undisturbed)
    out = tmp_path / "out"
    with coulis.started("run", many, "--out", out, "--threads", 1, "--progress", "plain", *SMALL_PARTS, *QUICK) as process:
        while len(list((out / ".incomplete" / "features").glob("part-*"))) < 6 and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
        ended(process)
    assert (out / ".incomplete" / "moments" / "moments.parquet").exists()
    coulis("run", many, "--out", out, "--resume", *SMALL_PARTS, *QUICK)
    assert_same_features(out, undisturbed)
    assert_same_pca(out, undisturbed)
    assert_complete(out)


def test_added_images_are_added_to_the_moments(coulis, many, own_embedded, tmp_path):
    photos = Path(shutil.copytree(many, tmp_path / "photos"))
    out = tmp_path / "out"
    coulis("run", photos, "--out", out, *SMALL_PARTS, *QUICK)
    paint(photos / "new", 30)
    coulis("run", photos, "--out", out, "--resume", *SMALL_PARTS, *QUICK)
    assert record(out)["pca"]["fitted_rows"] == COUNT + 30
    assert_complete(out)


def test_overwriting_drops_the_moments_of_what_is_gone(coulis, photos, many, tmp_path):
    out = tmp_path / "out"
    coulis("run", many, "--out", out, *SMALL_PARTS, *QUICK)
    assert (out / "moments").exists()
    coulis("run", photos, "--out", out, "--overwrite", *QUICK)
    assert not (out / "moments").exists()
    assert len(vectors(out)) == 24
