"""`--precision`."""

from pathlib import Path

import numpy as np
import pytest
import results


@pytest.fixture(scope="session")
def has_bf16() -> bool:
    flags = Path("/proc/cpuinfo").read_text()
    return "avx512_bf16" in flags or "amx_bf16" in flags


@pytest.fixture(scope="session")
def bf16(coulis, photos, has_bf16, tmp_path_factory) -> Path:
    if not has_bf16:
        pytest.skip("this processor has no bf16")
    out = tmp_path_factory.mktemp("bf16") / "results"
    coulis("run", photos, "--out", out, "--precision", "bf16")
    return out


def test_bf16_is_near_f32_and_recorded(bf16, whole):
    assert results.record(bf16)["model"]["precision"] == "bf16"
    assert results.record(whole)["model"]["precision"] == "f32"
    a, b = results.features(bf16), results.features(whole)
    assert not np.array_equal(a, b)
    assert results.cosines(a, b).min() >= 0.95


def test_bf16_does_not_mix_with_f32(coulis, bf16, whole, photos, tmp_path):
    assert "precision" in coulis.fails(2, "embed", photos, "--out", bf16, "--resume")
    assert "bf16" in coulis.fails(2, "run", photos, "--out", tmp_path / "out", "--pca-from", bf16)


def test_bf16_is_refused_where_the_processor_has_none(coulis, photos, has_bf16, tmp_path):
    if has_bf16:
        pytest.skip("this processor has bf16")
    message = coulis.fails(2, "embed", photos, "--out", tmp_path / "out", "--precision", "bf16")
    assert "bf16" in message and "--precision f32" in message
    assert not (tmp_path / "out").exists()


def test_unknown_precision_is_refused(coulis, photos, tmp_path):
    assert "f32" in coulis.fails(2, "embed", photos, "--out", tmp_path / "out", "--precision", "f16")
