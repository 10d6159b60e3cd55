"""Features of the engine against ONNX Runtime running the same model over the same pixels."""

import os
import random
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
SCALE = np.array([0.229, 0.224, 0.225], np.float32) * 255
SIDE = 224


def build_folder() -> Path:
    build = os.environ.get("COULIS_BUILD")
    assert build, "set COULIS_BUILD to the build folder (scripts/test does)"
    tool = Path(build) / "tests" / "extract_features"
    assert tool.exists(), f"{tool} is missing: build the tests (scripts/setup --tests)"
    return Path(build)


def model_folder() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    folder = Path(os.environ.get("COULIS_MODELS") or data / "coulis/models") / "mobilenet_v2"
    assert folder.exists(), f"{folder} is missing: run scripts/setup"
    return folder


def engine_features(pixels: np.ndarray, *layer: str) -> np.ndarray:
    """Of images [n, 224, 224, 3] u8, through our engine."""
    done = subprocess.run(
        [build_folder() / "tests" / "extract_features", model_folder(), *layer],
        input=pixels.tobytes(), capture_output=True, check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, "<f4").reshape(len(pixels), -1)


def normalised(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(((pixels.astype(np.float32) - MEAN) / SCALE).transpose(0, 3, 1, 2))


def reference_features(pixels: np.ndarray, model: bytes | str) -> np.ndarray:
    """The model's first output through ONNX Runtime, averaged over height and width where it has them."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    outputs = [session.run(None, {"image": image[None]})[0] for image in normalised(pixels)]
    features = np.concatenate(outputs)
    return features.mean(axis=(2, 3), dtype=np.float64) if features.ndim == 4 else features


def resized(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE)))


def painted(seed: int) -> Image.Image:
    """A photograph-like picture: soft light, a few round things, grain."""
    generator = np.random.default_rng(seed)
    width, height = generator.integers(20, 700, 2)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    picture = generator.uniform(60, 250, 3) * (0.6 + 0.4 * x[..., None] * generator.uniform(-1, 1, 3))
    for _ in range(generator.integers(1, 6)):
        centre, radius = generator.uniform(0, 1, 2), generator.uniform(0.05, 0.4)
        distance = np.hypot(x - centre[0], y - centre[1]) / radius
        shade = np.clip(1.2 - distance, 0, 1)[..., None]
        picture = picture * (1 - (distance < 1)[..., None]) + (distance < 1)[..., None] * shade * generator.uniform(80, 255, 3)
    picture = picture + generator.normal(0, generator.uniform(0, 12), picture.shape)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def photographs(per_class: int, classes: int) -> list[Path]:
    root = os.environ.get("COULIS_FRUITS360")
    if not root:
        pytest.skip("COULIS_FRUITS360 is not set")
    folders = sorted({path.parent for path in Path(root).rglob("*.jpg")})
    choice = random.Random(7)
    chosen = choice.sample(folders, min(classes, len(folders)))
    return [f for folder in chosen for f in choice.sample(sorted(folder.glob("*.jpg")), per_class)]


def assert_agree(ours: np.ndarray, reference: np.ndarray):
    assert ours.shape == reference.shape
    assert np.isfinite(ours).all()
    assert np.abs(ours - reference).max() <= 1e-4 * np.abs(reference).max()


def test_generated_photographs_give_the_same_features():
    pixels = np.stack([resized(painted(seed)) for seed in range(40)])
    assert_agree(engine_features(pixels), reference_features(pixels, str(model_folder() / "model.onnx")))


def test_extreme_pixels_give_the_same_features():
    noise = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
    flat = np.stack([np.full((SIDE, SIDE, 3), value, np.uint8) for value in (0, 1, 127, 255)])
    pixels = np.concatenate([noise, flat, (noise > 127) * np.uint8(255)])
    assert_agree(engine_features(pixels), reference_features(pixels, str(model_folder() / "model.onnx")))


def test_real_photographs_give_the_same_features():
    pixels = np.stack([resized(Image.open(path)) for path in photographs(per_class=2, classes=50)])
    assert_agree(engine_features(pixels), reference_features(pixels, str(model_folder() / "model.onnx")))


@pytest.mark.parametrize("layer", ["features.0", "features.6", "features.10.conv.2", "features.18"])
def test_inner_layers_give_the_same_features(layer):
    model = onnx.load(model_folder() / "model.onnx")
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info(layer, onnx.TensorProto.FLOAT, None))
    pixels = np.stack([resized(painted(seed)) for seed in range(100, 106)])
    assert_agree(engine_features(pixels, layer), reference_features(pixels, model.SerializeToString()))


def test_onnx_accepts_the_model():
    model = onnx.load(model_folder() / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.input] == ["image"]
    assert [value.name for value in model.graph.output] == ["features"]


def test_nearest_neighbour_of_a_photograph_has_its_label():
    files = photographs(per_class=10, classes=40)
    labels = np.array([path.parent.name for path in files])
    features = engine_features(np.stack([resized(Image.open(path)) for path in files]))
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    similarity = features @ features.T
    np.fill_diagonal(similarity, -1)
    assert (labels[similarity.argmax(axis=1)] == labels).mean() >= 0.99
