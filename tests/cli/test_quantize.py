"""`coulis models quantize` and `report`: by the real quantiser, in the environment that the command makes."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import results
from command import Coulis, ended, the_error
from networks import network
from photographs import paint
from PIL import Image

SIZE = (24, 32)  # Width and height that the small network takes.
FLAGS = Path("/proc/cpuinfo").read_text()
HAS_VNNI = "avx512_vnni" in FLAGS or "avx_vnni" in FLAGS
HAS_BF16 = "avx512_bf16" in FLAGS or "amx_bf16" in FLAGS
WARNING = "coulis: warning: "


def import_small(program: Coulis, folder: Path, name: str = "small", seed: int = 0) -> None:
    file = network(folder / f"{name}.onnx", (1, 3, SIZE[1], SIZE[0]), seed=seed)
    program("models", "import", file, "--mean", "120,110,100", "--scale", "60,50,40", "--quiet")


@pytest.fixture(scope="session")
def own_models(coulis, tmp_path_factory) -> Coulis:
    """The program with a models folder of its own, and the user's quantiser: it is made on the first use."""
    folder = tmp_path_factory.mktemp("quantise")
    made = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "coulis", "python")
    made.mkdir(parents=True, exist_ok=True)
    (folder / "cache" / "coulis").mkdir(parents=True)
    (folder / "cache" / "coulis" / "python").symlink_to(made)
    return coulis.having(COULIS_MODELS=folder / "models", XDG_CACHE_HOME=folder / "cache")


def models(program: Coulis) -> Path:
    return Path(program.environment["COULIS_MODELS"])


def quantize(program: Coulis, *arguments) -> dict:
    outcome = program.try_("models", "quantize", *arguments, "--quiet", "--json")
    assert outcome.code == 0, outcome
    assert all(line.startswith(WARNING) for line in outcome.err.splitlines()), outcome
    return json.loads(outcome.out)


@pytest.fixture(scope="session")
def photos60(tmp_path_factory) -> Path:
    return paint(tmp_path_factory.mktemp("many") / "photos", 60)


@pytest.fixture(scope="session")
def small(own_models, photos60, tmp_path_factory) -> dict:
    """The report of the small model's int8 network."""
    import_small(own_models, tmp_path_factory.mktemp("onnx"))
    return quantize(own_models, "small", "--data", photos60, "--calibration", 25)


@pytest.fixture(scope="session")
def embedded(own_models, small, photos60, tmp_path_factory) -> dict[str, Path]:
    """Results of both precisions."""
    folder = tmp_path_factory.mktemp("embedded")
    for precision in ("f32", "int8"):
        own_models("embed", photos60, "--out", folder / precision, "--model", "small", "--precision", precision)
    return {precision: folder / precision for precision in ("f32", "int8")}


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def unit_rows(frame) -> np.ndarray:
    features = np.stack(frame["features"]).astype(np.float64)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def neighbour_labels(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -2)
    return labels[cosine.argmax(axis=1)]


def assert_report_says(report: dict, f32, other) -> None:
    """What NumPy finds in the rows of two results (the same images)."""
    a, b = unit_rows(f32), unit_rows(other)
    labels = f32["label"].to_numpy()
    cosine = (a * b).sum(axis=1)
    assert report["images"] == len(f32) and report["labels"] == len(set(labels))
    assert report["cosine"]["mean"] == pytest.approx(cosine.mean(), abs=2e-6)
    assert report["cosine"]["first_percentile"] == pytest.approx(np.percentile(cosine, 1), abs=2e-6)
    assert report["cosine"]["minimum"] == pytest.approx(cosine.min(), abs=2e-6)
    before, after = neighbour_labels(a, labels), neighbour_labels(b, labels)
    nearest, one_image = report["nearest_neighbour"], 1 / len(f32) + 1e-6  # Two may be as near as float tells.
    assert nearest["accuracy_f32"] == pytest.approx((before == labels).mean(), abs=one_image)
    assert nearest["accuracy"] == pytest.approx((after == labels).mean(), abs=one_image)
    assert nearest["changed"] == pytest.approx((before != after).mean(), abs=one_image)


def test_report_is_what_numpy_finds_on_the_other_images(small, embedded, photos60):
    used = set(small["calibration"]["sha256"])
    assert small["calibration"]["images"] == len(used) == 25
    f32, int8 = (results.rows(embedded[precision]) for precision in ("f32", "int8"))
    measured = [path for path in f32.index if sha256(photos60 / path) not in used]
    assert len(measured) == 35
    assert_report_says(small, f32.loc[measured], int8.loc[measured])
    speed = small["speed"]
    assert min(speed["ratio"], speed["f32_milliseconds"], speed["milliseconds"]) > 0


def test_calibration_is_spread_over_the_labels(small, photos60):
    used = set(small["calibration"]["sha256"])
    counts = [sum(sha256(file) in used for file in label.iterdir()) for label in photos60.iterdir()]
    assert max(counts) - min(counts) <= 1


def test_the_report_is_kept_and_can_be_made_again_without_the_calibration_images(own_models, small, photos60):
    assert json.loads((models(own_models) / "small" / "int8" / "report.json").read_text()) == small
    again = json.loads(own_models("models", "report", "small", "--precision", "int8", "--data", photos60, "--quiet",
                                  "--json").out)
    for field in ("images", "labels", "cosine", "nearest_neighbour", "sha256", "f32_sha256", "calibration"):
        assert again[field] == small[field]


def test_run_json_says_which_network_it_was(small, embedded):
    f32, int8 = (results.record(embedded[precision])["model"] for precision in ("f32", "int8"))
    assert (int8["precision"], int8["sha256"]) == ("int8", small["sha256"])
    assert (f32["precision"], f32["sha256"]) == ("f32", small["f32_sha256"])
    assert int8["sha256"] != f32["sha256"]
    assert not np.array_equal(results.features(embedded["f32"]), results.features(embedded["int8"]))


def test_features_are_those_of_the_network_in_openvino(own_models, small, embedded, photos60, tmp_path):
    """Run by OpenVINO's own Python, on Pillow's pixels, normalised here."""
    rows = results.rows(embedded["int8"])
    pixels = np.stack([np.asarray(Image.open(photos60 / path).convert("RGB").resize(SIZE)) for path in rows.index])
    images = ((pixels - np.array([120, 110, 100], np.float32)) / np.array([60, 50, 40], np.float32)).transpose(0, 3, 1, 2)
    np.save(tmp_path / "images.npy", images.astype(np.float32))
    pythons = sorted((Path(own_models.environment["XDG_CACHE_HOME"]) / "coulis" / "python").glob("*/bin/python"))
    script = f"""
import numpy, openvino
network = openvino.Core().compile_model({str(models(own_models) / "small" / "int8" / "model.xml")!r}, "CPU",
                                        {{"INFERENCE_PRECISION_HINT": "f32"}})
numpy.save({str(tmp_path / "features.npy")!r},
           [network(image[None])[0][0] for image in numpy.load({str(tmp_path / "images.npy")!r})])
"""
    subprocess.run([pythons[-1], "-c", script], check=True)
    expected = np.load(tmp_path / "features.npy")
    assert np.abs(results.features(embedded["int8"]) - expected).max() <= 1e-4 * np.abs(expected).max()


def test_list_and_show_tell_of_the_int8_network(own_models, small):
    listed = {model["name"]: model for model in json.loads(own_models("models", "list", "--json").out)}
    assert listed["small"]["int8"] is True
    assert json.loads(own_models("models", "show", "small", "--json").out)["int8"] == small["sha256"]
    assert small["sha256"] in own_models("models", "show", "small").out
    assert "int8" in own_models("models", "list").out


def test_results_of_other_networks_do_not_mix(own_models, small, embedded, photos60, tmp_path):
    """f32, and an int8 network that was made of other images."""
    int8 = ("--model", "small", "--precision", "int8")
    assert "precision" in own_models.fails(2, "embed", photos60, "--out", embedded["f32"], "--resume", *int8) \
        or "sha256" in own_models.fails(2, "embed", photos60, "--out", embedded["f32"], "--resume", *int8)
    other = own_models.having(COULIS_MODELS=shutil.copytree(models(own_models), tmp_path / "models"))
    report = quantize(other, "small", "--data", photos60, "--calibration", 12)
    assert report["f32_sha256"] == small["f32_sha256"] and report["sha256"] != small["sha256"]
    assert "sha256" in other.fails(2, "embed", photos60, "--out", embedded["int8"], "--resume", *int8)
    own_models("run", photos60, "--out", tmp_path / "fitted", "--components", 2, *int8)
    message = other.fails(2, "run", photos60, "--out", tmp_path / "out", "--pca-from", tmp_path / "fitted", *int8)
    assert "small" in message and not (tmp_path / "out").exists()


@pytest.mark.skipif(not HAS_BF16, reason="this processor has no bf16")
def test_bf16_has_the_same_report(own_models, small, embedded, photos60, tmp_path):
    report = json.loads(own_models("models", "report", "small", "--precision", "bf16", "--data", photos60, "--quiet",
                                   "--json").out)
    own_models("embed", photos60, "--out", tmp_path / "bf16", "--model", "small", "--precision", "bf16")
    assert_report_says(report, results.rows(embedded["f32"]), results.rows(tmp_path / "bf16"))
    assert report["calibration"] is None and report["sha256"] == report["f32_sha256"] == small["f32_sha256"]


def test_mobilenet_v2_keeps_to_the_cosine_that_was_asked_for(own_models, models_folder, tmp_path):
    """The whole way, on photographs made up: layers stay in f32 for it, the others do not."""
    shutil.copytree(models_folder / "mobilenet_v2", models(own_models) / "mobilenet_v2",
                    ignore=shutil.ignore_patterns("int8"))
    own_models("synth", "--count", 120, "--out", tmp_path / "photos", "--quiet")
    report = quantize(own_models, "mobilenet_v2", "--data", tmp_path / "photos", "--calibration", 50, "--cosine", 0.998)
    kept = report["calibration"]["kept_in_f32"]
    assert 0 < len(kept) < 10 and all(layer.startswith("features.") for layer in kept)
    assert report["images"] == 70
    assert report["cosine"]["mean"] >= (0.99 if HAS_VNNI else 0.97)
    assert report["nearest_neighbour"]["changed"] <= 0.05
    if HAS_VNNI:
        assert (models(own_models) / "mobilenet_v2" / "int8" / "model.bin").stat().st_size < 4_000_000  # f32: 9 MB


def test_the_quantiser_has_the_openvino_of_the_library():
    pins = Path(__file__).parents[2] / "scripts" / "requirements"
    versions = [re.search(r"^openvino==(\S+)", (pins / name).read_text(), re.MULTILINE)[1]
                for name in ("native.txt", "quantize.txt", "quantize.in")]
    assert len(set(versions)) == 1


def test_without_an_int8_network_the_message_says_what_to_run(own_models, photos60, tmp_path):
    import_small(own_models, tmp_path, "plain", seed=1)
    for command in (["run", photos60, "--out", tmp_path / "out", "--model", "plain"],
                    ["embed", photos60, "--out", tmp_path / "out", "--model", "plain"],
                    ["bench", photos60, "--model", "plain"],
                    ["models", "report", "plain", "--data", photos60]):
        message = own_models.fails(1, *command, "--precision", "int8")
        assert "run: coulis models quantize plain --data DIR" in message
    assert not (tmp_path / "out").exists()


@pytest.fixture
def damaged(own_models, small, tmp_path) -> Coulis:
    """With a copy of the models, to damage."""
    return own_models.having(COULIS_MODELS=shutil.copytree(models(own_models), tmp_path / "models"))


@pytest.mark.parametrize("file", ["model.json", "model.xml", "model.bin"])
def test_damaged_int8_network_is_refused_with_what_to_do(damaged, photos60, tmp_path, file):
    path = models(damaged) / "small" / "int8" / file
    path.write_bytes(path.read_bytes()[:-20])
    message = damaged.fails(1, "embed", photos60, "--out", tmp_path / "out", "--model", "small", "--precision", "int8")
    assert "int8" in message and "coulis models quantize small --data DIR" in message
    damaged("embed", photos60, "--out", tmp_path / "out", "--model", "small")


def test_int8_network_of_another_version_of_the_model_is_refused(damaged, photos60, tmp_path):
    import_small(damaged, tmp_path, "other", seed=2)
    shutil.copytree(models(damaged) / "small" / "int8", models(damaged) / "other" / "int8")
    message = damaged.fails(1, "embed", photos60, "--out", tmp_path / "out", "--model", "other", "--precision", "int8")
    assert "another version" in message and "coulis models quantize other --data DIR" in message


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


def refused(program: Coulis, code: int, *arguments) -> str:
    """Nothing is half-written, and an int8 network that is there stays."""
    before = {path: path.stat().st_mtime_ns for path in models(program).rglob("*") if path.is_file()}
    outcome = program.try_("models", "quantize", *arguments, "--quiet")
    outcome.err = "".join(line for line in outcome.err.splitlines(keepends=True) if not line.startswith(WARNING))
    assert outcome.code == code, outcome
    assert {path: path.stat().st_mtime_ns for path in models(program).rglob("*") if path.is_file()} == before
    assert hidden(models(program)) == []
    return the_error(outcome)


def test_too_few_images_are_refused(own_models, small, photos60, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no images" in refused(own_models, 1, "small", "--data", tmp_path / "empty")
    assert "no-such" in refused(own_models, 1, "small", "--data", tmp_path / "no-such")
    few = paint(tmp_path / "few", 7)
    message = refused(own_models, 1, "small", "--data", few)
    assert "too few" in message and " 7 " in message and "20" in message
    for number in range(30):
        (few / f"bad{number}.jpg").write_bytes(b"not an image")
    assert "too few" in refused(own_models, 1, "small", "--data", few)


def test_what_cannot_be_quantised_is_refused(own_models, small, photos60, tmp_path):
    assert "no-such-model" in refused(own_models, 1, "no-such-model", "--data", photos60)
    int8 = models(own_models) / "small" / "int8"
    assert "int8 network" in refused(own_models, 2, int8, "--data", photos60)
    own_models("models", "import", int8 / "model.xml", "--name", "small8", "--quiet")
    assert "int8 already" in refused(own_models, 2, "small8", "--data", photos60)


@pytest.mark.parametrize("arguments, word", [
    ([], "NAME"), (["small"], "--data"), (["small", "--data", "photos", "--cosine", "1"], "cosine"),
    (["small", "--data", "photos", "--calibration", "0"], "--calibration"),
    (["small", "--data", "photos", "--images", "x"], "--images"),
])
def test_wrong_usage_is_refused(own_models, small, arguments, word):
    assert word in refused(own_models, 2, *arguments)


def test_report_of_f32_is_refused(own_models, small, photos60):
    assert "bf16 or int8" in own_models.fails(2, "models", "report", "small", "--precision", "f32", "--data", photos60,
                                              "--quiet")


def test_without_a_python_the_message_says_what_to_install(own_models, small, photos60, tmp_path):
    (tmp_path / "bin").mkdir()
    without = own_models.having(PATH=tmp_path / "bin", COULIS_PYTHON="")
    assert "python3-venv" in refused(without, 1, "small", "--data", photos60)
    message = refused(own_models.having(COULIS_PYTHON="/no/such/python"), 1, "small", "--data", photos60)
    assert "/no/such/python" in message and "COULIS_PYTHON" in message


def test_when_pip_cannot_reach_its_index_no_environment_is_left(own_models, small, photos60, tmp_path):
    offline = own_models.having(XDG_CACHE_HOME=tmp_path / "cache", PIP_NO_INDEX=1, PIP_FIND_LINKS=tmp_path)
    message = refused(offline, 1, "small", "--data", photos60)
    assert "pip" in message and "network" in message
    assert list((tmp_path / "cache" / "coulis" / "python").iterdir()) == []
    assert list((tmp_path / "cache" / "coulis" / "quantize").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_leaves_nothing(own_models, models_folder, small, photos60, tmp_path, number):
    """While the quantiser is at work, which then is gone, too."""
    folder = tmp_path / "models"
    shutil.copytree(models_folder / "mobilenet_v2", folder / "mobilenet_v2", ignore=shutil.ignore_patterns("int8"))
    program = own_models.having(COULIS_MODELS=folder)
    before = sorted(folder.rglob("*"))
    with program.started("models", "quantize", "mobilenet_v2", "--data", photos60) as process:
        assert process.stderr.readline().startswith(b"calibrate on")
        time.sleep(3)
        process.send_signal(number)
        outcome = ended(process)
    assert outcome.code == 128 + number, outcome
    assert outcome.err.splitlines() == ["coulis: error: stopped"]  # No step of the quantiser was done.
    assert sorted(folder.rglob("*")) == before
    at_work = subprocess.run(["pgrep", "-f", str(program.environment["XDG_CACHE_HOME"])], capture_output=True, text=True,
                             check=False).stdout
    assert at_work == ""
