"""`coulis models import` and `show`: models made on the spot, in every format that can be made without TensorFlow."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import results
from networks import CHANNELS, network
from onnx import TensorProto, helper
from PIL import Image

MEAN, SCALE = (120.0, 110.0, 100.0), (60.0, 50.0, 40.0)


@pytest.fixture
def own_models(coulis, tmp_path):
    """The program with a models folder of its own."""
    return coulis.having(COULIS_MODELS=tmp_path / "models")


def reference(path: Path, photos: Path, size=(24, 32), mean=MEAN, scale=SCALE, output="scores", channels_last=False):
    """Features by ONNX Runtime, of all photographs by path. `size` is width, height."""
    model = onnx.load(path)
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = []
    for file in sorted(photos.rglob("*.jpg")):
        pixels = np.asarray(Image.open(file).convert("RGB").resize(size), np.float32)
        pixels = ((pixels - np.float32(mean)) / np.float32(scale)).astype(np.float32)
        value = session.run(None, {"image": (pixels if channels_last else pixels.transpose(2, 0, 1))[None]})[0][0]
        found.append(value.mean(axis=(1, 2)) if value.ndim == 3 else value)
    return np.stack(found)


def numbers(values) -> str:
    return ",".join(str(value) for value in values)


def assert_close(found: np.ndarray, expected: np.ndarray):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def shown(coulis, name: str) -> dict:
    return json.loads(coulis("models", "show", name, "--json").out)


def installed(coulis) -> list[str]:
    folder = Path(coulis.environment["COULIS_MODELS"])
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_onnx_model_gives_the_features_of_onnx_runtime(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx")
    said = own_models("models", "import", file, "--mean", numbers(MEAN), "--scale", numbers(SCALE)).out
    assert "NCHW" in said and "24 x 32" in said and "4 features" in said
    own_models("run", photos, "--out", tmp_path / "results", "--model", "small", "--components", 3)
    assert_close(results.features(tmp_path / "results"), reference(file, photos))
    assert results.vectors(tmp_path / "results").shape[1] == 3
    own_models("validate", tmp_path / "results")


def test_every_layer_that_is_shown_gives_as_many_features_as_it_says(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx", shape=("batch", 32, 24, 3), channels_last=True)
    own_models("models", "import", file)
    layers = shown(own_models, "small")["layers"]
    assert {"first", "conv", "relu", "scores"} <= {layer["name"] for layer in layers}
    for layer in layers:
        out = tmp_path / layer["name"].replace("/", "_")
        own_models("embed", photos, "--out", out, "--model", "small", "--layer", layer["name"])
        assert results.record(out)["model"]["feature_length"] == layer["features"], layer
    expected = reference(file, photos, mean=(0, 0, 0), scale=(1, 1, 1), output="relu", channels_last=True)
    assert_close(results.features(tmp_path / "relu"), expected)


def test_other_names_of_a_layer_are_shown_and_taken(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx")
    model = onnx.load(file)
    for node in model.graph.node:
        node.name = f"node of {node.output[0]}"
    onnx.save(model, file)
    own_models("models", "import", file)
    relu = next(layer for layer in shown(own_models, "small")["layers"] if "relu" in layer.get("aliases", []))
    assert relu["name"] == "node of relu"
    for layer in (relu["name"], "relu"):
        own_models("embed", photos, "--out", tmp_path / layer, "--model", "small", "--layer", layer)
    assert np.array_equal(results.features(tmp_path / relu["name"]), results.features(tmp_path / "relu"))


def test_onnx_is_exported_as_it_came(own_models, tmp_path):
    file = network(tmp_path / "small.onnx")
    own_models("models", "import", file)
    own_models("models", "export", "small", "--onnx", tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == file.read_bytes()
    assert shown(own_models, "small")["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_tensors_in_other_files_belong_to_the_identity(own_models, photos, tmp_path):
    identities = []
    for seed in (0, 1):
        file = network(tmp_path / "whole.onnx", seed=seed)
        split = tmp_path / "split.onnx"
        (tmp_path / "weights.bin").unlink(missing_ok=True)
        onnx.save(onnx.load(file), split, save_as_external_data=True, location="weights.bin", size_threshold=0)
        own_models("models", "import", split, "--force")
        identities.append(shown(own_models, "split")["sha256"])
    assert identities[0] != identities[1]
    own_models("embed", photos, "--out", tmp_path / "out", "--model", "split")
    assert_close(results.features(tmp_path / "out"), reference(file, photos, mean=(0, 0, 0), scale=(1, 1, 1)))
    assert "ONNX" in own_models.fails(1, "models", "export", "split", "--onnx", tmp_path / "again.onnx")


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.BFLOAT16])
def test_input_of_half_precision_is_widened(own_models, photos, tmp_path, kind):
    file = network(tmp_path / "half.onnx", kind=kind)
    assert "f32" in own_models("models", "import", file).out
    own_models("embed", photos, "--out", tmp_path / "out", "--model", "half")
    whole = reference(network(tmp_path / "whole.onnx"), photos, mean=(0, 0, 0), scale=(1, 1, 1))
    # Pixels are whole numbers up to 255: neither type loses any of them.
    assert_close(results.features(tmp_path / "out"), whole)


def test_layer_becomes_the_models_own_output(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx")
    own_models("models", "import", file, "--name", "inner", "--layer", "relu", "--preprocess", "keras",
               "--licence", "CC0")
    own_models("run", photos, "--out", tmp_path / "results", "--model", "inner")
    expected = reference(file, photos, mean=(127.5,) * 3, scale=(127.5,) * 3, output="relu")
    assert expected.shape[1] == CHANNELS
    assert_close(results.features(tmp_path / "results"), expected)
    assert results.record(tmp_path / "results")["model"]["layer"] == "relu"
    assert shown(own_models, "inner")["feature_length"] == CHANNELS and shown(own_models, "inner")["licence"] == "CC0"
    # The file's own output is still there.
    own_models("embed", photos, "--out", tmp_path / "scores", "--model", "inner", "--layer", "scores")
    assert results.record(tmp_path / "scores")["model"]["feature_length"] == 4


def test_channels_last_and_open_shapes_are_found_out(own_models, photos, tmp_path):
    file = network(tmp_path / "open.onnx", shape=("b", "h", "w", 3), channels_last=True)
    assert "--size" in own_models.fails(2, "models", "import", file)
    assert installed(own_models) == []
    assert "NHWC" in own_models("models", "import", file, "--size", "40x56").out
    own_models("embed", photos, "--out", tmp_path / "results", "--model", "open")
    expected = reference(file, photos, size=(56, 40), mean=(0, 0, 0), scale=(1, 1, 1), channels_last=True)
    assert_close(results.features(tmp_path / "results"), expected)


def test_own_ir_can_be_imported_again_under_another_name(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx")
    own_models("models", "import", file, "--preprocess", "torchvision")
    ir = Path(own_models.environment["COULIS_MODELS"]) / "small" / "model.xml"
    own_models("models", "import", ir, "--name", "again", "--preprocess", "torchvision")
    for name in ("small", "again"):
        own_models("embed", photos, "--out", tmp_path / name, "--model", name)
    results.assert_same_features(tmp_path / "small", tmp_path / "again")
    assert shown(own_models, "small")["sha256"] != shown(own_models, "again")["sha256"]


def test_torchvision_preprocessing_resizes_and_crops(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx", shape=(1, 3, 28, 28))
    own_models("models", "import", file, "--preprocess", "torchvision")
    own_models("embed", photos, "--out", tmp_path / "results", "--model", "small")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    expected = []
    for photo in sorted(photos.rglob("*.jpg")):
        image = Image.open(photo).convert("RGB")
        width, height = image.size
        size = (32, int(32 * height / width)) if width <= height else (int(32 * width / height), 32)
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = round((size[0] - 28) / 2), round((size[1] - 28) / 2)
        pixels = np.asarray(image.crop((left, top, left + 28, top + 28)), np.float32) / 255
        pixels = ((pixels - np.float32((0.485, 0.456, 0.406))) / np.float32((0.229, 0.224, 0.225))).transpose(2, 0, 1)
        expected.append(session.run(None, {"image": pixels[None].astype(np.float32)})[0][0])
    assert_close(results.features(tmp_path / "results"), np.stack(expected))


def test_show_counts_two_operations_a_multiply_add(own_models, tmp_path):
    own_models("models", "import", network(tmp_path / "small.onnx"))
    details = shown(own_models, "small")
    convolution = 16 * 12 * CHANNELS * 27
    assert details["gflop"] == pytest.approx(2e-9 * (convolution + CHANNELS * 4))
    text = own_models("models", "show", "small").out
    assert details["sha256"] in text and "GFLOP" in text and "relu" in text


def test_pulled_model_can_be_shown(coulis):
    details = shown(coulis, "mobilenet_v2")
    assert details["feature_length"] == 1280 and details["licence"] == "MIT"
    assert details["gflop"] == pytest.approx(0.6, rel=0.03)  # 300 million multiply-adds (Sandler et al. 2018, table 4)
    assert {"features.4.conv.0", "features.18.2", "pool"} <= {layer["name"] for layer in details["layers"]}


def test_resume_and_pca_from_refuse_another_preprocessing(own_models, photos, tmp_path):
    file = network(tmp_path / "small.onnx")
    own_models("models", "import", file, "--preprocess", "keras")
    own_models("run", photos, "--out", tmp_path / "first", "--model", "small", "--limit", 12)
    before = shown(own_models, "small")["sha256"]
    own_models("models", "import", file, "--preprocess", "none", "--force")
    assert shown(own_models, "small")["sha256"] == before
    message = own_models.fails(2, "embed", photos, "--out", tmp_path / "first", "--model", "small", "--resume")
    assert "preprocessing" in message
    message = own_models.fails(2, "run", photos, "--out", tmp_path / "second", "--model", "small", "--pca-from",
                               tmp_path / "first")
    assert "preprocessing" in message


def test_resume_and_pca_from_refuse_other_weights_of_the_same_name(own_models, photos, tmp_path):
    own_models("models", "import", network(tmp_path / "small.onnx"))
    own_models("run", photos, "--out", tmp_path / "first", "--model", "small", "--limit", 12)
    own_models("models", "import", network(tmp_path / "small.onnx", seed=1), "--force")
    assert "model" in own_models.fails(2, "embed", photos, "--out", tmp_path / "first", "--model", "small", "--resume")
    own_models.fails(2, "run", photos, "--out", tmp_path / "second", "--model", "small", "--pca-from", tmp_path / "first")


def truncated(file: Path) -> Path:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return file


@pytest.mark.parametrize("name, content, said", [
    ("text.onnx", b"no model at all", "ONNX"), ("empty.onnx", b"", "ONNX"), ("text.tflite", b"no model", "TensorFlow Lite"),
    ("empty.tflite", b"", "TensorFlow Lite"), ("model.zip", b"PK", ".onnx"), ("alone.xml", b"<net/>", ".bin")])
def test_what_is_no_model_is_one_line(own_models, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in own_models.fails(1, "models", "import", tmp_path / name)
    assert installed(own_models) == []


def test_damaged_models_are_one_line(own_models, tmp_path):
    own_models.fails(1, "models", "import", truncated(network(tmp_path / "cut.onnx")))
    (tmp_path / "saved").mkdir()
    assert "saved_model.pb" in own_models.fails(1, "models", "import", tmp_path / "saved")
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"\xff" * 100)
    own_models.fails(1, "models", "import", tmp_path / "saved")
    (tmp_path / "net.xml").write_text("<net name='x' version='11'><layers></layers>")
    (tmp_path / "net.bin").write_bytes(b"")
    own_models.fails(1, "models", "import", tmp_path / "net.xml")
    assert "no file" in own_models.fails(1, "models", "import", tmp_path / "missing.onnx")
    assert installed(own_models) == []


def test_models_that_take_no_image_are_refused(own_models, tmp_path):
    two = network(tmp_path / "two.onnx", shape=(1, 3, 8, 8), inputs=2)
    assert "image, image1" in own_models.fails(1, "models", "import", two)
    whole = network(tmp_path / "integers.onnx", kind=TensorProto.INT64)
    assert "i64" in own_models.fails(1, "models", "import", whole)
    grey = network(tmp_path / "fixed.onnx", shape=(1, 3, 32, 24))
    missing = own_models.fails(1, "models", "import", grey, "--layer", "conw")
    assert "conw" in missing and "relu" in missing
    assert installed(own_models) == []


def test_options_that_contradict_are_refused(own_models, tmp_path):
    file = network(tmp_path / "small.onnx")
    own_models.fails(2, "models", "import", file, "--preprocess", "keras", "--mean", "1,2,3")
    own_models.fails(2, "models", "import", file, "--preprocess", "caffe")
    own_models.fails(2, "models", "import", file, "--scale", "1,0,1")
    own_models.fails(2, "models", "import", file, "--mean", "1,2")
    own_models.fails(2, "models", "import", file, "--size", "0x10")
    own_models.fails(2, "models", "import", file, "--size", "ten")
    own_models.fails(2, "models", "import", file, "--name", "../up")
    assert installed(own_models) == []
    own_models("models", "import", file)
    assert "--force" in own_models.fails(2, "models", "import", file)


def test_eight_bit_input_takes_pixels_as_they_are(own_models, photos, tmp_path):
    file = network(tmp_path / "bytes.onnx", shape=(1, 3, 32, 24), kind=TensorProto.UINT8)
    own_models.fails(2, "models", "import", file, "--mean", "1,2,3")
    assert "u8" in own_models("models", "import", file).out
    own_models("embed", photos, "--out", tmp_path / "results", "--model", "bytes")
    same = network(tmp_path / "floats.onnx", shape=(1, 3, 32, 24))
    expected = reference(same, photos, mean=(0, 0, 0), scale=(1, 1, 1))
    assert_close(results.features(tmp_path / "results"), expected)
