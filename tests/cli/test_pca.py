"""Standardise + PCA as scikit-learn does it, fitted or taken from other results."""

import shutil

import numpy as np
import pandas
import pytest
from command import QUICK
from photographs import encoded, paint
from results import assert_same_features, features, pca_model, projected, record, rows, vectors
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def scikit_learn(data: np.ndarray, components: float | int):
    return make_pipeline(StandardScaler(), PCA(components, svd_solver="full")).fit(data.astype(np.float64))


def assert_equals_scikit_learn(results, components: float | int):
    data = features(results)
    pipeline = scikit_learn(data, components)
    expected = pipeline.transform(data.astype(np.float64))
    found = vectors(results)
    assert found.shape == expected.shape  # The same k.
    signs = np.sign((expected * found).sum(axis=0))
    assert np.abs(expected * signs - found).max() <= 1e-4 * np.abs(expected).max()
    mean, scale, components_found = pca_model(results)
    scaler, pca = pipeline.steps[0][1], pipeline.steps[1][1]
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(scale, scaler.scale_, rtol=1e-9)
    assert (np.abs((components_found * pca.components_).sum(axis=1)) >= 0.9999).all()
    table = pandas.read_parquet(results / "pca_model" / "components.parquet")
    np.testing.assert_allclose(table["explained_variance"], pca.explained_variance_, rtol=1e-6)
    np.testing.assert_allclose(table["explained_variance_ratio"], pca.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(record(results)["pca"]["explained_variance_ratio"],
                               pca.explained_variance_ratio_.sum(), rtol=1e-6)


def test_fewer_images_than_features_give_what_scikit_learn_gives(whole):
    assert features(whole).shape == (24, 1280)
    assert_equals_scikit_learn(whole, 0.95)


def test_more_images_than_features_give_what_scikit_learn_gives(coulis, tmp_path):
    paint(tmp_path / "photos", 60)
    coulis("run", tmp_path / "photos", "--out", tmp_path / "results", "--components", 0.99, *QUICK)
    assert features(tmp_path / "results").shape == (60, 24)
    assert_equals_scikit_learn(tmp_path / "results", 0.99)


def test_number_of_components_gives_what_scikit_learn_gives(coulis, own_quick):
    coulis("reduce", own_quick, "--components", 7)
    assert record(own_quick)["pca"]["components"] == "7"
    assert_equals_scikit_learn(own_quick, 7)


def test_signs_are_fixed_by_the_largest_coefficient(whole):
    components = pca_model(whole)[2]
    largest = np.abs(components).argmax(axis=1)
    assert (components[np.arange(len(components)), largest] > 0).all()


def test_pca_is_the_model_applied_to_the_features(whole):
    expected = projected(features(whole), whole)
    assert np.abs(expected - vectors(whole)).max() <= 1e-5 * np.abs(expected).max()


def test_run_equals_embed_then_reduce(coulis, photos, quick, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", *QUICK)
    assert record(tmp_path / "results")["pca"] is None
    coulis("reduce", tmp_path / "results")
    assert_same_features(tmp_path / "results", quick)
    a, b = vectors(tmp_path / "results"), vectors(quick)
    assert a.shape == b.shape and np.abs(a - b).max() <= 1e-5 * np.abs(b).max()
    coulis("validate", tmp_path / "results")


def test_reduce_replaces_the_earlier_pca_and_leaves_the_features(coulis, quick, own_quick):
    outcome = coulis("reduce", own_quick, "--components", 3)
    assert "k = 3" in outcome.out
    assert vectors(own_quick).shape == (24, 3)
    assert_same_features(own_quick, quick)
    coulis("validate", own_quick)


def test_reduce_with_more_threads_gives_the_same_bits(coulis, whole, tmp_path):
    for threads in 1, 2:
        results = shutil.copytree(whole, tmp_path / str(threads))
        coulis("reduce", results, "--threads", threads)
    assert vectors(tmp_path / "1").tobytes() == vectors(tmp_path / "2").tobytes()


def test_reduce_of_a_bad_choice_leaves_the_earlier_pca(coulis, own_quick):
    before = vectors(own_quick)
    coulis.fails(2, "reduce", own_quick, "--components", 1000)
    coulis.fails(2, "reduce", own_quick, "--components", "none")
    coulis.fails(1, "reduce", own_quick, "--pca-from", own_quick / "nowhere")
    assert vectors(own_quick).tobytes() == before.tobytes()
    coulis("validate", own_quick)


def test_reduce_of_what_is_no_result_is_an_error(coulis, tmp_path):
    (tmp_path / "empty").mkdir()
    for name in "missing", "empty":
        assert name in coulis.fails(1, "reduce", tmp_path / name)
    assert list((tmp_path / "empty").iterdir()) == []


def test_one_good_image_gives_features_and_a_warning_instead_of_a_pca(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 1)
    outcome = coulis("run", photos, "--out", tmp_path / "results", *QUICK)
    assert len(outcome.messages) == 1 and "at least 2" in outcome.messages[0]
    assert features(tmp_path / "results").shape == (1, 24)
    assert record(tmp_path / "results")["pca"] is None
    coulis("validate", tmp_path / "results")


def test_reduce_of_one_image_is_an_error_that_says_why(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 1)
    coulis("embed", photos, "--out", tmp_path / "results", *QUICK)
    assert "2" in coulis.fails(2, "reduce", tmp_path / "results")
    coulis("validate", tmp_path / "results")


def test_two_images_have_one_component(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 2)
    coulis("run", photos, "--out", tmp_path / "results")
    assert vectors(tmp_path / "results").shape == (2, 1)
    assert_equals_scikit_learn(tmp_path / "results", 1)
    coulis("validate", tmp_path / "results")


def test_equal_images_have_no_pca_and_their_features_are_kept(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(3):
        (tmp_path / "photos" / f"{number}.jpg").write_bytes(encoded(0))
    job = ("run", tmp_path / "photos", "--out", tmp_path / "results", *QUICK)
    message = coulis.fails(2, *job)
    assert "are the same" in message and "--resume" in message and "none" in message
    coulis(*job, "--resume", "--components", "none")
    assert features(tmp_path / "results").shape == (3, 24)
    coulis("validate", tmp_path / "results")


def test_resume_with_another_number_of_components_fits_anew(coulis, photos, own_quick):
    job = ("run", photos, "--out", own_quick, "--resume", *QUICK)
    coulis(*job, "--components", 4)
    assert vectors(own_quick).shape == (24, 4)
    before = (own_quick / "run.json").read_bytes()
    coulis(*job, "--components", 4)
    assert (own_quick / "run.json").read_bytes() == before
    coulis("validate", own_quick)


@pytest.fixture(scope="module")
def new_photos(tmp_path_factory):
    return paint(tmp_path_factory.mktemp("new") / "photos", 5, first=100)


def test_pca_from_projects_new_images_as_by_hand(coulis, quick, new_photos, tmp_path):
    coulis("run", new_photos, "--out", tmp_path / "results", "--pca-from", quick, *QUICK)
    expected = projected(features(tmp_path / "results"), quick)
    assert np.abs(expected - vectors(tmp_path / "results")).max() <= 1e-5 * np.abs(expected).max()
    pca = record(tmp_path / "results")["pca"]
    assert pca["fitted_on"] == str(quick) and pca["fitted_rows"] == 24 and pca["k"] == record(quick)["pca"]["k"]
    coulis("validate", tmp_path / "results")


def test_pca_from_works_with_a_single_image(coulis, quick, tmp_path):
    coulis("run", paint(tmp_path / "photos", 1), "--out", tmp_path / "results", "--pca-from", quick, *QUICK)
    assert vectors(tmp_path / "results").shape == (1, record(quick)["pca"]["k"])


def test_reduce_takes_pca_from_other_results(coulis, quick, new_photos, tmp_path):
    coulis("embed", new_photos, "--out", tmp_path / "results", *QUICK)
    coulis("reduce", tmp_path / "results", "--pca-from", quick)
    expected = projected(features(tmp_path / "results"), quick)
    assert np.abs(expected - vectors(tmp_path / "results")).max() <= 1e-5 * np.abs(expected).max()


def test_pca_from_the_results_of_all_images_gives_their_own_vectors(coulis, photos, quick, tmp_path):
    coulis("run", photos, "--out", tmp_path / "results", "--pca-from", quick, *QUICK)
    assert list(rows(tmp_path / "results", "pca").index) == list(rows(quick, "pca").index)
    assert vectors(tmp_path / "results").tobytes() == vectors(quick).tobytes()


def test_pca_from_results_of_another_layer_is_refused_before_any_work(coulis, photos, whole, tmp_path):
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", "--pca-from", whole, *QUICK)
    assert "layer" in message or "model" in message
    assert not (tmp_path / "results").exists()


def test_pca_from_results_without_a_pca_is_refused_before_any_work(coulis, photos, quick, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "features", "--limit", 2, *QUICK)
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", "--pca-from", tmp_path / "features", *QUICK)
    assert "coulis reduce" in message and not (tmp_path / "results").exists()


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_pca_from_what_is_no_result_is_refused_before_any_work(coulis, photos, tmp_path, what):
    (tmp_path / "empty").mkdir()
    message = coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--pca-from", tmp_path / what, *QUICK)
    assert what in message and not (tmp_path / "results").exists()


def test_pca_from_a_damaged_model_is_refused_before_any_work(coulis, photos, own_quick, tmp_path):
    (own_quick / "pca_model" / "components.parquet").write_bytes(b"PAR1")
    message = coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--pca-from", own_quick, *QUICK)
    assert "components.parquet" in message and not (tmp_path / "results").exists()


def test_more_components_than_images_keep_the_features_and_say_so(coulis, photos, tmp_path):
    """That there are too few images shows only when all are embedded; the work is not lost."""
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", "--components", 24, *QUICK)
    assert "1 to 23" in message and "--resume" in message
    coulis("run", photos, "--out", tmp_path / "results", "--components", 23, "--resume", *QUICK)
    assert vectors(tmp_path / "results").shape == (24, 23)


def test_more_components_than_features_are_refused_before_any_work(coulis, photos, tmp_path):
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", "--components", 25, *QUICK)
    assert "25" in message and "24" in message
    assert not (tmp_path / "results").exists()
