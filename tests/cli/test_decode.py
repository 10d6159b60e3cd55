"""`--decode`."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import results


@pytest.fixture(scope="module")
def exact(coulis, large_photos, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exact") / "results"
    coulis("run", large_photos, "--out", out)
    return out


@pytest.fixture(scope="module")
def fast(coulis, large_photos, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("fast") / "results"
    coulis("run", large_photos, "--out", out, "--decode", "fast")
    return out


def test_fast_is_near_exact_and_recorded(exact, fast):
    assert results.record(exact)["model"]["decode"] == "exact"
    assert results.record(fast)["model"]["decode"] == "fast"
    a, b = results.features(exact), results.features(fast)
    assert not np.array_equal(a, b)
    assert results.cosines(a, b).min() >= 0.9


def test_fast_keeps_the_images_own_size(fast):
    rows = results.rows(fast)
    assert set(rows["width"]) == {960} and set(rows["height"]) == {720}


def test_fast_of_small_images_is_exact(coulis, photos, whole, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "out", "--decode", "fast")
    results.assert_same_features(tmp_path / "out", whole)


def test_fast_does_not_mix_with_exact(coulis, large_photos, exact, fast, tmp_path):
    assert "--decode" in coulis.fails(2, "embed", large_photos, "--out", fast, "--resume")
    assert "fast decode" in coulis.fails(2, "run", large_photos, "--out", tmp_path / "out", "--pca-from", fast)
    assert "exact decode" in coulis.fails(2, "run", large_photos, "--out", tmp_path / "out", "--decode", "fast",
                                          "--pca-from", exact)


def test_results_that_do_not_say_it_are_exact(coulis, large_photos, exact, tmp_path):
    older = Path(shutil.copytree(exact, tmp_path / "older"))
    text = (older / "run.json").read_text(encoding="utf-8")
    (older / "run.json").write_text(text.replace('    "decode": "exact",\n', ""), encoding="utf-8")
    assert "decode" not in results.record(older)["model"]
    coulis("embed", large_photos, "--out", older, "--resume")
    assert "--decode" in coulis.fails(2, "embed", large_photos, "--out", older, "--resume", "--decode", "fast")


def test_cut_off_photograph_is_a_bad_row(coulis, large_photos, tmp_path):
    photos = tmp_path / "photos"
    shutil.copytree(large_photos, photos)
    whole = next(photos.rglob("*.jpg"))
    (photos / "cut.jpg").write_bytes(whole.read_bytes()[:-5000])
    coulis("embed", photos, "--out", tmp_path / "out", "--decode", "fast", "--max-bad", 1)
    assert "truncated" in results.error_of(tmp_path / "out", "cut.jpg")


def test_unknown_mode_is_refused(coulis, photos, tmp_path):
    assert "fast" in coulis.fails(2, "embed", photos, "--out", tmp_path / "out", "--decode", "quick")
