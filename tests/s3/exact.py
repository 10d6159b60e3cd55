"""Results that must be the same, not only alike."""

from pathlib import Path

import numpy as np
from results import assert_same_features, pca_model, vectors


def assert_equal_results(one: Path, other: Path) -> None:
    """The same rows, features equal to the bit, the PCA within 1e-9 of its largest numbers."""
    assert_same_features(one, other)
    for a, b in zip(pca_model(one), pca_model(other), strict=True):
        assert a.shape == b.shape and np.abs(a - b).max() <= 1e-9 * np.abs(a).max()
    # Of single precision, so that a difference of 1e-9 may turn the last bit.
    assert np.allclose(vectors(one), vectors(other), rtol=2e-7, atol=1e-7)
