"""Keras's MobileNetV2 through Coulis gives Keras's own numbers, whatever the layout of the file, width and size."""

import os
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pandas
import pytest
from PIL import Image

from keras_models import MODELS


@pytest.fixture(scope="module")
def photographs(coulis_binary, tmp_path_factory) -> Path:
    """A folder of 12: real ones where they are, else synthetic ones."""
    folder = tmp_path_factory.mktemp("photographs") / "photographs"
    if root := os.environ.get("COULIS_FRUITS360"):
        files = sorted(Path(root).rglob("*.jpg"))
        folder.mkdir()
        for number, file in enumerate(files[:: max(1, len(files) // 12)][:12]):
            (folder / f"{number:02}.jpg").write_bytes(file.read_bytes())
    else:
        subprocess.run([coulis_binary, "synth", "--count", "12", "--out", folder, "--size", "140x110"], check=True)
    return folder


@pytest.fixture(scope="module")
def keras(run_with_keras, photographs) -> Path:
    """The folder in which Keras has left models and predictions; one run of it for all tests."""
    return run_with_keras("keras_models.py", photographs)


@pytest.fixture(scope="module")
def imported(coulis, keras):
    """Imports a model of the table once, and gives its name."""
    there = set()

    def get(name: str) -> str:
        if name not in there:
            _, (height, width), _, layout = MODELS[name]
            file = keras / (f"{name}.weights.h5" if layout == "keras3" else f"{name}.h5")
            size = [] if layout == "whole" else ["--size", f"{height}x{width}"]  # model.save says it in the file
            coulis("models", "import", file, "--arch", "mobilenet_v2", "--name", name, *size)
            there.add(name)
        return name

    return get


def features(coulis, photographs: Path, out: Path, *options) -> np.ndarray:
    coulis("embed", photographs, "--out", out, "--quiet", *options)
    rows = pandas.read_parquet(out / "features").sort_values("path")
    assert rows["error"].isna().all()
    return np.stack(rows["features"])


def assert_agree(ours: np.ndarray, reference: np.ndarray):
    assert ours.shape == reference.shape
    assert np.ptp(reference, axis=0).max() > 0, "the reference tells no photograph from another"
    assert np.abs(ours - reference).max() <= 1e-4 * np.abs(reference).max()


@pytest.mark.parametrize("name", MODELS)
def test_features_are_those_of_keras(coulis, imported, keras, photographs, tmp_path, name):
    ours = features(coulis, photographs, tmp_path / "out", "--model", imported(name))
    assert_agree(ours, np.load(keras / f"{name}.npz")["features"])


@pytest.mark.parametrize("name", [name for name, (_, _, top, _) in MODELS.items() if top])
def test_softmax_is_that_of_keras(coulis, imported, keras, photographs, tmp_path, name):
    ours = features(coulis, photographs, tmp_path / "out", "--model", imported(name), "--layer", "predictions")
    reference = np.load(keras / f"{name}.npz")["predictions"]
    assert_agree(ours, reference)
    assert (ours.argmax(axis=1) == reference.argmax(axis=1)).all()


def test_exported_onnx_gives_the_same_features_in_another_engine(coulis, imported, keras, photographs, tmp_path):
    name = imported("whole_100_oblong")
    coulis("models", "export", name, "--onnx", tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    _, _, height, width = session.get_inputs()[0].shape
    outputs = []
    for file in sorted(photographs.rglob("*.jpg")):
        pixels = np.asarray(Image.open(file).convert("RGB").resize((width, height)), np.float32)
        outputs.append(session.run(["features"], {"image": (pixels / 127.5 - 1).transpose(2, 0, 1)[None]})[0][0])
    assert_agree(np.stack(outputs), np.load(keras / f"{name}.npz")["features"])
    assert_agree(features(coulis, photographs, tmp_path / "out", "--model", name), np.stack(outputs))


def test_pulled_model_is_keras_own(coulis, keras, photographs, tmp_path):
    """The official file's size is pinned; HDF5 passes over what follows its end."""
    size = 14_536_120
    content = (keras / "classic_100.h5").read_bytes()
    assert len(content) <= size
    mirror = tmp_path / "mirror.h5"
    mirror.write_bytes(content.ljust(size, b"\0"))
    coulis("models", "pull", "keras_mobilenet_v2", "--url", mirror.as_uri())
    reference = np.load(keras / "classic_100.npz")
    for layer, options in (("features", ()), ("predictions", ("--layer", "predictions"))):
        ours = features(coulis, photographs, tmp_path / layer, "--model", "keras_mobilenet_v2", *options)
        assert_agree(ours, reference[layer])


@pytest.mark.parametrize("file", ["mobilenet_v1.h5", "mobilenet_v1.weights.h5"])
def test_another_architecture_is_refused(coulis, keras, file):
    error = coulis("models", "import", keras / file, "--arch", "mobilenet_v2", "--name", "other", code=1)
    assert "not the weights of Keras's MobileNetV2" in error and error.count("\n") == 1
