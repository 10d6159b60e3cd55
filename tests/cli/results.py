"""Reads a results folder as docs/formats.md describes it, without Coulis."""

import json
from pathlib import Path

import numpy as np
import pandas
import pyarrow.parquet as parquet


def record(results: Path) -> dict:
    return json.loads((results / "run.json").read_text(encoding="utf-8"))


def rows(results: Path, section: str = "features") -> pandas.DataFrame:
    """All rows of features/ or pca/, by path."""
    frame = pandas.read_parquet(results / section)
    assert frame["path"].is_unique
    return frame.set_index("path").sort_index()


def features(results: Path) -> np.ndarray:
    """[good images, feature length], by path."""
    return np.stack(rows(results)["features"].dropna())


def vectors(results: Path) -> np.ndarray:
    """[good images, k], by path."""
    return np.stack(rows(results, "pca")["pca"])


def error_of(results: Path, path: str) -> str:
    """Of a bad row, which must have an error and nothing else."""
    row = rows(results).loc[path]
    assert row["features"] is None and isinstance(row["error"], str), row
    return row["error"]


def parts(results: Path, section: str = "features") -> list[Path]:
    return sorted((results / section).glob("part-*.parquet"))


def pca_model(results: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mean, scale, components."""
    scaler = pandas.read_parquet(results / "pca_model" / "scaler.parquet")
    components = pandas.read_parquet(results / "pca_model" / "components.parquet")
    return scaler["mean"].to_numpy(), scaler["scale"].to_numpy(), np.stack(components["component"])


def projected(vectors_in: np.ndarray, results: Path) -> np.ndarray:
    """`vectors_in` by the PCA model in `results`."""
    mean, scale, components = pca_model(results)
    return (vectors_in - mean) / scale @ components.T


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of each row of the one with the same row of the other."""
    return (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def assert_same_features(one: Path, other: Path):
    """The same rows, features equal to the bit."""
    a, b = rows(one), rows(other)
    pandas.testing.assert_frame_equal(a.drop(columns="features"), b.drop(columns="features"))
    for path in a.index:
        x, y = a.loc[path, "features"], b.loc[path, "features"]
        assert (x is None) == (y is None)
        assert x is None or x.tobytes() == y.tobytes(), path


def assert_same_results(one: Path, other: Path, pca_tolerance: float = 1e-5):
    """The same rows: features equal to the bit, pca within a share of its largest value."""
    assert_same_features(one, other)
    a, b = vectors(one), vectors(other)
    assert a.shape == b.shape
    assert np.abs(a - b).max() <= pca_tolerance * np.abs(a).max()
    assert list(rows(one, "pca").index) == list(rows(other, "pca").index)


def rewrite(part: Path, change) -> None:
    """Replaces a part by what `change` makes of its table; the schema stays."""
    table = parquet.read_table(part)
    changed = change(table)
    assert changed.schema.equals(table.schema)
    parquet.write_table(changed, part)
