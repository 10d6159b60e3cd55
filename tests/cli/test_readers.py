"""Results are read without Coulis: by pandas, pyarrow and DuckDB, with the types of docs/formats.md."""

import duckdb
import numpy as np
import pandas
import pyarrow as pa
import pyarrow.dataset as dataset
import pytest
from command import QUICK, QUICK_LENGTH
from photographs import paint
from results import record


@pytest.fixture(scope="module")
def mixed(coulis, tmp_path_factory):
    """Results of six good images and a bad one, with the features of the model's own output."""
    folder = tmp_path_factory.mktemp("mixed")
    photos = paint(folder / "photos", 6)
    (photos / "bad.jpg").write_text("text")
    coulis("run", photos, "--out", folder / "results", "--max-bad", 1, "--rows-per-part", 3)
    return folder / "results"


def of_feature_rows(length: int) -> pa.Schema:
    vector = pa.list_(pa.field("element", pa.float32(), nullable=False), length)
    return pa.schema([pa.field("path", pa.string(), nullable=False), pa.field("label", pa.string()),
                      pa.field("features", vector), pa.field("error", pa.string()),
                      pa.field("width", pa.int32()), pa.field("height", pa.int32())])


def of_pca_rows(k: int) -> pa.Schema:
    vector = pa.list_(pa.field("element", pa.float32(), nullable=False), k)
    return pa.schema([pa.field("path", pa.string(), nullable=False), pa.field("label", pa.string()),
                      pa.field("pca", vector, nullable=False)])


def test_pyarrow_dataset_has_the_documented_schema(mixed):
    k = record(mixed)["pca"]["k"]
    assert dataset.dataset(mixed / "features").schema.equals(of_feature_rows(1280))
    assert dataset.dataset(mixed / "pca").schema.equals(of_pca_rows(k))


def test_another_layers_length_is_in_the_schema(quick):
    assert dataset.dataset(quick / "features").schema.equals(of_feature_rows(QUICK_LENGTH))


def test_a_good_row_has_no_error_and_a_bad_one_no_features(mixed):
    rows = dataset.dataset(mixed / "features").to_table().to_pylist()
    assert len(rows) == 7
    for row in rows:
        if row["path"] == "bad.jpg":
            assert row["features"] is None and row["width"] is None and row["height"] is None and row["error"]
        else:
            assert row["error"] is None and len(row["features"]) == 1280 and row["width"] > 0 and row["height"] > 0
    assert dataset.dataset(mixed / "pca").count_rows() == 6


def test_pyarrow_filters_by_label(mixed):
    table = dataset.dataset(mixed / "features").to_table(filter=dataset.field("label") == "kiwi", columns=["path"])
    assert table["path"].to_pylist() == ["kiwi/kiwi_0002.jpg"]


def test_pandas_reads_both_tables(mixed):
    features, pca = pandas.read_parquet(mixed / "features"), pandas.read_parquet(mixed / "pca")
    assert list(features.columns) == ["path", "label", "features", "error", "width", "height"]
    assert list(pca.columns) == ["path", "label", "pca"]
    vectors = np.stack(features["features"].dropna())
    assert vectors.shape == (6, 1280) and vectors.dtype == np.float32 and np.isfinite(vectors).all()
    assert np.stack(pca["pca"]).shape == (6, record(mixed)["pca"]["k"])
    assert features["error"].notna().sum() == 1
    assert set(pca["path"]) == set(features["path"][features["error"].isna()])


def test_duckdb_reads_both_tables(mixed):
    k = record(mixed)["pca"]["k"]
    with duckdb.connect() as connection:
        def columns(section):
            return {name: kind for name, kind, *_ in connection.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(mixed / section / "*.parquet")]).fetchall()}

        # DuckDB reads Parquet's lists of any length alike.
        assert columns("features") == {"path": "VARCHAR", "label": "VARCHAR", "features": "FLOAT[]", "error": "VARCHAR",
                                       "width": "INTEGER", "height": "INTEGER"}
        assert columns("pca") == {"path": "VARCHAR", "label": "VARCHAR", "pca": "FLOAT[]"}
        joined = connection.execute(
            "SELECT count(*), min(len(features)), max(len(features)), min(len(pca)), max(len(pca)), count(error)"
            " FROM read_parquet(?) f LEFT JOIN read_parquet(?) p USING (path, label)",
            [str(mixed / "features" / "*.parquet"), str(mixed / "pca" / "*.parquet")]).fetchone()
        assert joined == (7, 1280, 1280, k, k, 1)
        bad = connection.execute("SELECT path FROM read_parquet(?) WHERE features IS NULL",
                                 [str(mixed / "features" / "*.parquet")]).fetchall()
        assert bad == [("bad.jpg",)]


def test_polars_reads_both_tables(mixed):
    polars = pytest.importorskip("polars")
    features = polars.read_parquet(mixed / "features" / "*.parquet")
    assert features.height == 7 and features["features"].null_count() == 1
    assert polars.read_parquet(mixed / "pca" / "*.parquet").height == 6


def test_run_json_says_what_was_done(mixed, photos, coulis):
    content = record(mixed)
    assert content["format_version"] == 1
    assert content["coulis_version"] in coulis("--version").out
    assert content["model"]["name"] == "mobilenet_v2" and content["model"]["feature_length"] == 1280
    assert content["model"]["precision"] == "f32" and len(content["model"]["sha256"]) == 64
    assert content["counts"] == {"images": 7, "bad": 1, "ignored": 0, "forgotten": 0}
    assert content["options"]["label"] == "parent" and not content["options"]["exif_rotate"]
    assert [bad["path"] for bad in content["bad_examples"]] == ["bad.jpg"]
    assert sum(part["rows"] for part in content["features"]) == 7
    assert sum(part["bad"] for part in content["features"]) == 1
    assert sum(part["rows"] for part in content["pca"]["parts"]) == content["pca"]["fitted_rows"] == 6
    assert content["pca"]["fitted_on"] == "this run" and content["pca"]["components"] == "0.95"


def test_parts_hold_no_more_rows_than_asked_for(coulis, photos, tmp_path):
    coulis("run", photos, "--out", tmp_path / "results", "--rows-per-part", 10, *QUICK)
    rows = [dataset.dataset(part).count_rows() for part in sorted((tmp_path / "results" / "features").iterdir())]
    assert rows == [10, 10, 4]


def test_nothing_but_the_documented_files_is_in_a_result(mixed):
    assert sorted(path.name for path in mixed.iterdir()) == ["features", "pca", "pca_model", "run.json"]
    assert sorted(path.name for path in (mixed / "features").iterdir()) == [f"part-0000{i}.parquet" for i in range(3)]
    assert sorted(path.name for path in (mixed / "pca_model").iterdir()) == ["components.parquet", "scaler.parquet"]
