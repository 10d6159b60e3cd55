"""A quantised TensorFlow Lite model through Coulis gives the bytes that LiteRT gives, so the same labels.

LiteRT is its Python interpreter as it comes, which runs XNNPACK's kernels. The model and its labels lie in
COULIS_SHARED_MODELS, or ../shared/models; the photographs in COULIS_FRUITS360.
"""

import json
import os
import random
from pathlib import Path

import numpy as np
import pandas
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

NAME = "tf2_mobilenet_v2_1.0_224_int8.tflite"
LABELS = "imagenet_labels_1001.txt"
POOL = "ReduceMean_1"
PER_CLASS = 20
# Folder → what ImageNet calls the fruit, and the share of photographs whose five best labels must hold it. The others
# of Fruits-360 are not among ImageNet's classes. Pineapples: LiteRT itself finds 358 of all 490 there.
KNOWN = {"Orange": ("orange", 1), "Lemon": ("lemon", 1), "Strawberry": ("strawberry", 1),
         "Pomegranate": ("pomegranate", 1), "Pineapple": ("pineapple, ananas", 0.75), "Banana": ("banana", 12 / 17)}


@pytest.fixture(scope="module")
def shared() -> Path:
    named = os.environ.get("COULIS_SHARED_MODELS")
    folder = Path(named or Path(__file__).resolve().parents[3] / "shared" / "models")
    if not named and not folder.exists():
        pytest.skip("COULIS_SHARED_MODELS is not set and ../shared/models is not there")
    assert (folder / NAME).exists() and (folder / LABELS).exists(), f"{folder} lacks {NAME} or {LABELS}"
    return folder


@pytest.fixture(scope="module")
def labels(shared) -> list[str]:
    return (shared / LABELS).read_text().splitlines()


@pytest.fixture(scope="module")
def photographs(fruits360, tmp_path_factory) -> Path:
    """Links to some photographs of each class."""
    folder = tmp_path_factory.mktemp("photographs")
    choice = random.Random(11)
    for kind in sorted({path.parent for path in fruits360.rglob("*.jpg")}):
        (folder / kind.name).mkdir()
        for file in choice.sample(sorted(kind.glob("*.jpg")), PER_CLASS):
            (folder / kind.name / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def coulis(coulis, shared):
    coulis("models", "import", shared / NAME, "--name", "int8")
    return coulis


@pytest.fixture(scope="module")
def embedded(coulis, photographs, tmp_path_factory):
    """layer → (paths, features); an empty layer: the model's own output."""
    def embed(layer: str):
        out = tmp_path_factory.mktemp("results") / "out"
        coulis("embed", photographs, "--out", out, "--model", "int8", *(["--layer", layer] if layer else []))
        frame = pandas.read_parquet(out / "features").sort_values("path")
        return list(frame["path"]), np.stack(frame["features"])
    return {layer: embed(layer) for layer in ("", POOL)}


@pytest.fixture(scope="module")
def litert(shared, photographs, embedded):
    """Output and pooled features, in real units, of the same pixels in the order of `embedded`."""
    default = Interpreter(str(shared / NAME))
    # One that keeps what lies between input and output.
    keeping = Interpreter(str(shared / NAME), experimental_preserve_all_tensors=True)
    pool = next(operation for operation in keeping._get_ops_details() if operation["op_name"] == "MEAN")["outputs"][0]
    scale, zero_point = keeping._get_tensor_details(pool, 0)["quantization"]

    def run(interpreter, pixels, tensor):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels[None])
        interpreter.invoke()
        return interpreter.get_tensor(tensor).reshape(-1)

    default.allocate_tensors()
    keeping.allocate_tensors()
    outputs, features = [], []
    for path in embedded[""][0]:
        pixels = np.asarray(Image.open(photographs / path).convert("RGB").resize((224, 224)))
        outputs.append(run(default, pixels, default.get_output_details()[0]["index"]))
        stored = run(keeping, pixels, pool).astype(np.int32)
        features.append(np.float32(scale) * (stored - zero_point).astype(np.float32))
    return np.stack(outputs), np.stack(features)


def test_model_takes_pixels_as_they_are(coulis):
    details = json.loads(coulis("models", "show", "int8", "--json"))
    assert details["inputs"][0]["type"] == "u8" and details["layout"] == "NHWC"
    assert details["arithmetic"] == "exact" and "arithmetic     exact" in coulis("models", "show", "int8")
    assert [output["name"] for output in details["outputs"]] == ["Identity"]
    assert details["feature_length"] == 1001
    layers = {layer["name"]: layer for layer in details["layers"]}
    assert layers[POOL]["features"] == 1280 and layers[POOL]["operation"] == "ReduceMean"
    assert list(layers)[:2] == ["Convolution_1", "GroupConvolution_1"] and not any(name[0] == "~" for name in layers)
    assert details["gflop"] == pytest.approx(0.6, rel=0.03)


def test_every_byte_of_the_output_is_litert_s(embedded, litert):
    ours = embedded[""][1]
    assert len(ours) >= 300 and ours.shape[1] == 1001
    assert np.array_equal(ours, litert[0].astype(np.float32))


def test_labels_are_litert_s(embedded, litert, labels):
    ours = [labels[index] for index in embedded[""][1].argmax(axis=1)]
    theirs = [labels[index] for index in litert[0].argmax(axis=1)]
    assert ours == theirs
    assert len(set(ours)) > 20


def test_pooled_features_are_litert_s_in_real_units(embedded, litert):
    assert np.array_equal(embedded[POOL][1], litert[1])


@pytest.mark.parametrize("kind", KNOWN)
def test_the_five_best_labels_hold_the_fruit(kind, embedded, labels):
    fruit, share = KNOWN[kind]
    paths, scores = embedded[""]
    best = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    held = [fruit in {labels[index] for index in row} for path, row in zip(paths, best) if path.split("/")[0] == kind]
    assert len(held) == PER_CLASS
    assert np.mean(held) >= share


def test_nearest_neighbour_by_the_pooled_features_has_the_label(embedded):
    paths, features = embedded[POOL]
    assert features.shape[1] == 1280
    kinds = np.array([path.split("/")[0] for path in paths])
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarity = features @ features.T
    np.fill_diagonal(similarity, -1)
    assert (kinds[similarity.argmax(axis=1)] == kinds).mean() >= 0.99


def test_precisions_that_cannot_hold_the_integers_are_refused(coulis, photographs, tmp_path):
    said = coulis("embed", photographs, "--out", tmp_path / "out", "--model", "int8", "--precision", "bf16", code=2)
    assert "--precision f32" in said and "--arithmetic engine" in said
    assert "int8 already" in coulis("models", "quantize", "int8", "--data", photographs, code=2)


def test_results_of_one_arithmetic_are_not_continued_with_the_other(coulis, shared, photographs, tmp_path):
    few = photographs / "Banana"
    for arguments in ((), ("--arithmetic", "engine", "--force")):
        coulis("models", "import", shared / NAME, "--name", "same", *arguments)
        if not arguments:
            coulis("embed", few, "--out", tmp_path / "out", "--model", "same")
    said = coulis("embed", few, "--out", tmp_path / "out", "--model", "same", "--resume", code=2)
    assert "preprocessing" in said
