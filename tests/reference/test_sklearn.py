"""Moments, FitPca and PcaProjector against scikit-learn's StandardScaler + PCA(svd_solver="full"), live.

Reaches them through tests/tools/fit_pca.cpp. COULIS_BUILD names the build folder; without it the tests fail.
"""

import os
import subprocess
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: its threads spin on a busy machine

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


def tool() -> Path:
    build = os.environ.get("COULIS_BUILD")
    assert build, "set COULIS_BUILD to the build folder (scripts/test does)"
    program = Path(build) / "tests" / "fit_pca"
    assert program.exists(), f"{program} is missing: build the tests (scripts/setup --tests)"
    return program


class Fitted:
    """What fit_pca answers."""

    def __init__(self, rows, components, split=256):
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        n, dims = rows.shape
        done = subprocess.run(
            [tool(), str(dims), str(components), str(split)], input=rows.tobytes(), capture_output=True, check=False
        )
        if done.returncode != 0:
            raise ValueError(done.stderr.decode())
        values = np.frombuffer(done.stdout, dtype=np.float64)
        self.k = k = int(values[0])
        sizes = np.cumsum([1, dims, dims, k, k, k * dims, n * k])
        assert sizes[-1] == len(values)
        parts = np.split(values, sizes[:-1])[1:]
        self.mean, self.scale, self.variance, self.ratio = parts[:4]
        self.components = parts[4].reshape(k, dims)
        self.projected = parts[5].reshape(n, k)


class Reference:
    """The same from scikit-learn, in double."""

    def __init__(self, rows, components):
        rows = np.asarray(rows, dtype=np.float32).astype(np.float64)
        self.scaler = StandardScaler().fit(rows)
        standardised = self.scaler.transform(rows)
        self.pca = PCA(n_components=components, svd_solver="full").fit(standardised)
        self.projected = self.pca.transform(standardised)


def rng(*seed):
    return np.random.default_rng(seed)


def correlated(n, dims, rank, noise=0.3, seed=0):
    """Few strong factors with falling weight, as features of real photographs have."""
    r = rng(seed, n, dims, rank)
    weights = r.standard_normal((rank, dims)) * (np.arange(1, rank + 1) ** -0.7)[:, None]
    return r.standard_normal((n, rank)) @ weights + noise * r.standard_normal((n, dims))


def relu_features(n, dims):
    """Not negative, many zeros, skewed: what comes out of a network's last pooling."""
    return np.maximum(correlated(n, dims, 20) - 0.5, 0)


def with_constants(n, dims):
    rows = correlated(n, dims, 5)
    rows[:, 0] = 0
    rows[:, 3] = 0.1
    rows[:, dims - 1] = 1e6
    return rows


def large_offsets(n, dims):
    """Mean 1e6, deviation 1: where sums of squares lose everything."""
    return correlated(n, dims, 5) / 2 + 1e6


def mixed_scales(n, dims):
    return correlated(n, dims, 6) * np.logspace(-12, 12, dims) + np.logspace(-6, 6, dims)


DATA = {
    "random": lambda: rng(1).standard_normal((300, 20)),
    "correlated": lambda: correlated(1000, 64, 10),
    "relu features": lambda: relu_features(700, 130),
    "low rank": lambda: correlated(500, 48, 5, noise=0),
    "large offsets": lambda: large_offsets(2000, 32),
    "mixed scales": lambda: mixed_scales(600, 40),
    "constant columns": lambda: with_constants(400, 30),
    "fewer rows than features": lambda: correlated(40, 100, 30),
    "as many rows as features": lambda: correlated(50, 50, 20),
    "two rows": lambda: rng(2).standard_normal((2, 10)),
    "one feature": lambda: rng(3).standard_normal((50, 1)),
    "full size": lambda: relu_features(1500, 1280),
}


class Case:
    """One set of rows, fitted by both; k: as many components as have variance, by scikit-learn's spectrum."""

    def __init__(self, name):
        self.rows = DATA[name]().astype(np.float32)
        self.reference = Reference(self.rows, None)
        self.all_variances = self.reference.pca.explained_variance_
        varying = int((self.reference.pca.explained_variance_ratio_ > 1e-9).sum())
        self.k = max(1, min(varying, len(self.rows) - 1))
        self.fitted = Fitted(self.rows, self.k)
        self.expected_components = self.reference.pca.components_[: self.k]


@pytest.fixture(scope="module", params=DATA)
def case(request):
    return Case(request.param)


def distinct(case, gap):
    """Which of the first k components have an eigenvalue that no neighbour comes near, as a share of its own."""
    v = np.concatenate([[np.inf], case.all_variances, [-np.inf]])
    nearest = np.minimum(v[:-2] - v[1:-1], v[1:-1] - v[2:])
    return (nearest > gap * case.all_variances)[: case.k]


def test_mean_and_scale(case):
    scaler = case.reference.scaler
    np.testing.assert_allclose(case.fitted.mean, scaler.mean_, rtol=1e-12, atol=1e-12 * np.abs(case.rows).max())
    np.testing.assert_allclose(case.fitted.scale, scaler.scale_, rtol=1e-9)


def test_explained_variance(case):
    pca, k = case.reference.pca, case.k
    assert case.fitted.k == k
    np.testing.assert_allclose(case.fitted.ratio, pca.explained_variance_ratio_[:k], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        case.fitted.variance, case.all_variances[:k], rtol=1e-6, atol=1e-9 * case.all_variances[0]
    )


def test_components_up_to_sign(case):
    cosines = np.abs(np.sum(case.fitted.components * case.expected_components, axis=1))
    clear = distinct(case, gap=1e-3)
    assert clear.any()
    assert cosines[clear].min() >= 0.9999
    np.testing.assert_allclose(case.fitted.components @ case.fitted.components.T, np.eye(case.k), atol=1e-10)


def test_projections_up_to_sign(case):
    clear = distinct(case, gap=1e-2)
    signs = np.sign(np.sum(case.fitted.components * case.expected_components, axis=1))
    expected = case.reference.projected[:, : case.k] * signs
    np.testing.assert_allclose(case.fitted.projected[:, clear], expected[:, clear], rtol=1e-4, atol=1e-4)


def test_same_k_for_a_share(case):
    full_size = case.rows.shape[1] > 1000  # a second or two a fit: the default share will do
    for share in [0.95] if full_size else [0.5, 0.8, 0.95, 0.99]:
        assert Fitted(case.rows, share).k == Reference(case.rows, share).pca.n_components_, share


@pytest.mark.parametrize("split", [1, 7, 100, 100000])
def test_any_split_gives_the_same(split):
    rows = correlated(500, 40, 8) + 100
    whole, split_up = Fitted(rows, 10), Fitted(rows, 10, split)
    np.testing.assert_allclose(split_up.mean, whole.mean, rtol=1e-13)
    np.testing.assert_allclose(split_up.variance, whole.variance, rtol=1e-11)
    np.testing.assert_allclose(split_up.components, whole.components, atol=1e-9)


def test_signs_are_fixed(case):
    components = case.fitted.components
    largest = components[np.arange(len(components)), np.abs(components).argmax(axis=1)]
    # Equal but for rounding, the first of the largest decides; then another may come out larger by a bit.
    first = [row[np.abs(row) >= np.abs(row).max() * (1 - 1e-8)][0] for row in components]
    assert ((largest > 0) | (np.array(first) > 0)).all()


def test_refusals_are_one_line():
    for rows, components, message in [
        (np.ones((5, 3)), 0.95, "are the same"),
        (np.full((5, 3), np.nan), 0.95, "finite"),
        (rng(4).standard_normal((5, 3)), 4, "choose 1 to 3"),
        (rng(4).standard_normal((3, 5)), 3, "choose 1 to 2"),
    ]:
        with pytest.raises(ValueError, match=message) as error:
            Fitted(rows, components)
        assert str(error.value).count("\n") == 1
