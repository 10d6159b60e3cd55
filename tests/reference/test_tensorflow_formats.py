"""Networks that TensorFlow itself writes: SavedModel and TensorFlow Lite, in floats and in 8 bits.

Floats must give what Keras's predict gives; 8 bits the integers that LiteRT gives, in every layer.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from tensorflow_models import QUANTISED, SIDE

# What LiteRT calls the operations whose results are layers, and Coulis.
LAYERS = {"ADD": "Add", "AVERAGE_POOL_2D": "AvgPool", "CONCATENATION": "Concat", "CONV_2D": "Convolution",
          "DEPTHWISE_CONV_2D": "GroupConvolution", "FULLY_CONNECTED": "MatMul", "MAX_POOL_2D": "MaxPool",
          "MEAN": "ReduceMean", "SOFTMAX": "Softmax"}
EXACT = [name for name, (_, unknown) in QUANTISED.items() if not unknown]


@pytest.fixture(scope="module")
def photographs(coulis_binary, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photographs") / "photographs"
    subprocess.run([coulis_binary, "synth", "--count", "12", "--out", folder, "--size", "140x110"], check=True)
    return folder


@pytest.fixture(scope="module")
def tensorflow(run_with_keras, photographs) -> Path:
    """The folder in which TensorFlow has left its files; one run of it for all tests."""
    return run_with_keras("tensorflow_models.py", photographs)


@pytest.fixture(scope="module")
def embed(coulis, photographs, tmp_path_factory):
    def run(name: str, layer: str = "") -> np.ndarray:
        out = tmp_path_factory.mktemp("results") / "out"
        coulis("embed", photographs, "--out", out, "--model", name, *(["--layer", layer] if layer else []))
        return np.stack(pandas.read_parquet(out / "features").sort_values("path")["features"])
    return run


@pytest.fixture(scope="module")
def litert(tensorflow, photographs):
    """name → the network's outputs, and layer → outputs, as stored and in real units, with the mean over pixels."""
    files = sorted(photographs.rglob("*.jpg"), key=lambda file: file.relative_to(photographs).as_posix())

    def run(name: str):
        interpreter = Interpreter(str(tensorflow / f"{name}.tflite"), num_threads=1,
                                  experimental_preserve_all_tensors=True)
        interpreter.allocate_tensors()
        takes = interpreter.get_input_details()[0]
        tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
        layers, places = {}, {}
        for operation in interpreter._get_ops_details():
            if kind := LAYERS.get(operation["op_name"]):
                places[kind] = places.get(kind, 0) + 1
                layers[f"{kind}_{places[kind]}"] = operation["outputs"][0]
        outputs, real = [], {layer: [] for layer in layers}
        for file in files:
            pixels = np.asarray(Image.open(file).convert("RGB").resize((SIDE, SIDE)))
            if takes["dtype"] is np.float32:
                pixels = (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
            interpreter.set_tensor(takes["index"], pixels[None])
            interpreter.invoke()
            outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
            for layer, index in layers.items():
                scale, zero_point = tensors[index]["quantization"]
                value = np.float32(scale) * (interpreter.get_tensor(index)[0].astype(np.float64) - zero_point)
                real[layer].append(value.mean(axis=(0, 1)) if value.ndim == 3 else value)
        return np.stack(outputs), {layer: np.stack(values) for layer, values in real.items()}
    return run


def import_quantised(coulis, tensorflow, name: str, *arguments) -> str:
    if QUANTISED[name][0] == "float32":
        arguments = ("--preprocess", "keras", *arguments)
    return coulis("models", "import", tensorflow / f"{name}.tflite", "--force", *arguments)


@pytest.mark.parametrize("name", ["float.tflite", "saved_model"])
def test_floats_are_what_keras_predicts(name, coulis, tensorflow, embed):
    said = coulis("models", "import", tensorflow / name, "--preprocess", "keras", "--size", f"{SIDE}x{SIDE}")
    assert f"input: f32 NHWC, {SIDE} x {SIDE}" in said and "arithmetic" not in said
    expected = np.load(tensorflow / "float.npy")
    ours = embed(Path(name).stem)
    assert ours.shape[1] == expected.shape[1] == 10
    # predict saw the files in the order of their paths, as the features are.
    assert np.abs(ours - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("name", EXACT)
def test_eight_bits_are_litert_s_in_every_layer(name, coulis, tensorflow, embed, litert):
    assert "arithmetic: exact" in import_quantised(coulis, tensorflow, name)
    outputs, layers = litert(name)
    assert len(np.unique(outputs)) > 10, "the network says the same of every photograph"
    assert np.array_equal(embed(name), outputs.astype(np.float32))
    shown = json.loads(coulis("models", "show", name, "--json"))
    assert shown["arithmetic"] == "exact"
    names = [layer["name"] for layer in shown["layers"]]
    assert set(layers) <= set(names) and len(layers) >= 13
    for layer, expected in layers.items():
        # A unit of one pixel is 1/1024 of one here, of values of about 100 units.
        assert np.abs(embed(name, layer) - expected).max() <= 2e-6 * np.abs(expected).max(), layer


def test_an_operation_that_is_not_known_falls_back_to_the_engine_and_says_so(coulis, tensorflow, embed):
    said = import_quantised(coulis, tensorflow, "int8_tanh")
    assert "arithmetic: engine" in said and "LiteRT's cannot be had: operation TANH" in said
    assert json.loads(coulis("models", "show", "int8_tanh", "--json"))["arithmetic"] == "engine"
    assert embed("int8_tanh").shape[1] == 10
    said = coulis("models", "import", tensorflow / "int8_tanh.tflite", "--force", "--arithmetic", "exact", code=1)
    assert "operation TANH" in said and "--arithmetic engine" in said


def test_the_engine_s_arithmetic_is_had_by_asking(coulis, tensorflow):
    assert "arithmetic: engine" in import_quantised(coulis, tensorflow, "int8_bytes", "--arithmetic", "engine")


@pytest.mark.parametrize("arguments,complaint", [
    (("int8_bytes.tflite", "--arithmetic", "fast"), "--arithmetic takes exact or engine"),
    (("float.tflite", "--arithmetic", "exact"), "quantised TensorFlow Lite"),
    (("saved_model", "--arithmetic", "exact", "--size", "64"), "quantised TensorFlow Lite")])
def test_an_arithmetic_that_does_not_apply_is_refused(arguments, complaint, coulis, tensorflow):
    file, *options = arguments
    said = coulis("models", "import", tensorflow / file, "--name", "refused", *options, code=2)
    assert complaint in said
