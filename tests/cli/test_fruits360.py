"""Real photographs: Fruits-360, where COULIS_FRUITS360 names a folder of them."""

import numpy as np
import pytest
from command import Coulis
from results import features, projected, record, rows, vectors
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


@pytest.fixture(scope="module")
def fruits(coulis: Coulis, fruits360, tmp_path_factory):
    """Results of `coulis run` on all of it."""
    results = tmp_path_factory.mktemp("fruits") / "results"
    coulis("run", fruits360, "--out", results, "--rows-per-part", 2000)
    return results


def test_every_photograph_is_embedded_and_none_is_bad(fruits360, fruits):
    photographs = {str(path.relative_to(fruits360)) for path in fruits360.rglob("*.jpg")}
    assert len(photographs) > 1000
    assert set(rows(fruits).index) == photographs
    assert record(fruits)["counts"]["images"] == len(photographs) and record(fruits)["counts"]["bad"] == 0
    assert rows(fruits)["error"].isna().all()
    assert len(vectors(fruits)) == len(photographs)


def test_results_are_valid(coulis, fruits):
    coulis("validate", fruits)


def test_labels_are_the_folders_names(fruits360, fruits):
    assert set(rows(fruits)["label"]) == {path.parent.name for path in fruits360.rglob("*.jpg")}


def test_nearest_neighbour_of_a_held_back_fifth_has_its_label_in_99_of_100(fruits):
    table = rows(fruits, "pca")  # By path, so that every fifth is the same in each run.
    points, labels = np.stack(table["pca"]).astype(np.float64), table["label"].to_numpy()
    held_back = np.arange(len(points)) % 5 == 0
    known = points[~held_back]
    # |a - b|^2 without |a|^2, which is the same for all b.
    distances = (known**2).sum(axis=1) - 2 * points[held_back] @ known.T
    found = labels[~held_back][distances.argmin(axis=1)]
    assert (found == labels[held_back]).mean() >= 0.99


def test_components_and_their_number_are_those_of_scikit_learn(fruits):
    data = features(fruits).astype(np.float64)
    scaler = StandardScaler().fit(data)
    scaled = scaler.transform(data)
    pca = PCA(svd_solver="covariance_eigh").fit(scaled)
    k = int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), 0.95)) + 1
    assert record(fruits)["pca"]["k"] == k
    expected, found = scaled @ pca.components_[:k].T, vectors(fruits)
    expected -= pca.mean_ @ pca.components_[:k].T
    cosines = np.abs((expected * found).sum(axis=0)) / np.linalg.norm(expected, axis=0) / np.linalg.norm(found, axis=0)
    assert cosines.min() >= 0.9999


def test_model_projects_as_the_pca_columns_say(fruits):
    expected = projected(features(fruits), fruits)
    assert np.abs(expected - vectors(fruits)).max() <= 1e-5 * np.abs(expected).max()
