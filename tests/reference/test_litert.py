"""A quantised TensorFlow Lite model through Coulis, against LiteRT where it can be imported.

The model and its labels lie in COULIS_SHARED_MODELS; the photographs in COULIS_FRUITS360.
"""

import json
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import pandas
import pytest
from PIL import Image

NAME = "tf2_mobilenet_v2_1.0_224_int8.tflite"
POOL = "ReduceMean_1"
PER_CLASS = 20


@pytest.fixture(scope="module")
def shared() -> Path:
    folder = Path(os.environ.get("COULIS_SHARED_MODELS") or Path(__file__).resolve().parents[3] / "shared" / "models")
    if not (folder / NAME).exists():
        pytest.skip("COULIS_SHARED_MODELS is not set and ../shared/models is not there")
    return folder


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    """Links to some photographs of each class."""
    root = os.environ.get("COULIS_FRUITS360")
    if not root:
        pytest.skip("COULIS_FRUITS360 is not set")
    folder = tmp_path_factory.mktemp("photographs")
    choice = random.Random(11)
    for kind in sorted({path.parent for path in Path(root).rglob("*.jpg")}):
        (folder / kind.name).mkdir()
        for file in choice.sample(sorted(kind.glob("*.jpg")), PER_CLASS):
            (folder / kind.name / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def coulis(coulis_binary, shared, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {"COULIS_MODELS": str(home / "models"), "XDG_CACHE_HOME": str(home / "cache")}

    def run(*arguments) -> str:
        done = subprocess.run([coulis_binary, *map(str, arguments)], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    run("models", "import", shared / NAME, "--name", "int8")
    return run


@pytest.fixture(scope="module")
def embedded(coulis, photographs, tmp_path_factory):
    """layer → (paths, features); an empty layer: the model's own output."""
    def embed(layer: str):
        out = tmp_path_factory.mktemp("results") / "out"
        coulis("embed", photographs, "--out", out, "--model", "int8", *(["--layer", layer] if layer else []))
        frame = pandas.read_parquet(out / "features").sort_values("path")
        return list(frame["path"]), np.stack(frame["features"])
    return {layer: embed(layer) for layer in ("", POOL)}


def test_model_takes_pixels_as_they_are(coulis):
    details = json.loads(coulis("models", "show", "int8", "--json"))
    assert details["inputs"][0]["type"] == "u8" and details["layout"] == "NHWC"
    assert details["feature_length"] == 1001
    assert next(layer for layer in details["layers"] if layer["name"] == POOL)["features"] == 1280
    assert details["gflop"] == pytest.approx(0.6, rel=0.03)


def test_nearest_neighbour_by_the_pooled_features_has_the_label(embedded):
    paths, features = embedded[POOL]
    assert features.shape[1] == 1280
    labels = np.array([path.split("/")[0] for path in paths])
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarity = features @ features.T
    np.fill_diagonal(similarity, -1)
    assert (labels[similarity.argmax(axis=1)] == labels).mean() >= 0.99


def test_labels_are_litert_s_but_where_two_are_nearly_level(embedded, photographs, shared):
    """Rounding is not LiteRT's (docs/decisions/026): labels may differ where its own two best are close."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    litert = interpreter.Interpreter(str(shared / NAME), num_threads=1)
    litert.allocate_tensors()
    paths, ours = embedded[""]
    different = []
    for path, scores in zip(paths, ours):
        pixels = np.asarray(Image.open(photographs / path).convert("RGB").resize((224, 224)))
        litert.set_tensor(litert.get_input_details()[0]["index"], pixels[None])
        litert.invoke()
        theirs = litert.get_tensor(litert.get_output_details()[0]["index"])[0].astype(int)
        best = np.sort(theirs)[::-1]
        if scores.argmax() != theirs.argmax():
            different.append(best[0] - best[1])
    assert len(different) <= 0.1 * len(paths)
    assert max(different, default=0) <= 40  # of 256; measured: 17
