"""bench/compare measures, checks what it has measured, and says who failed. No test looks at a time."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
COMPARE = [sys.executable, BENCH / "compare"]
sys.path.insert(0, str(BENCH))

from comparison import checks, table
from comparison.contenders import FEATURES, REDUCED, contenders
from comparison.memory import pss
from comparison.turns import PeerError

COULIS = contenders(cores=2)[0]


@pytest.fixture
def compare(coulis_binary, models_folder, tmp_path):
    """Runs the harness without any package registry, so that no peer can be set up; gives the rows of its CSV."""
    environment = os.environ | {"COULIS": str(coulis_binary), "COULIS_MODELS": str(models_folder), "PIP_NO_INDEX": "1",
                                "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("COULIS_FRUITS360", None)

    def run(*arguments) -> list[dict]:
        done = subprocess.run([*COMPARE, "--out", tmp_path / "out", *arguments],
                              env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with (tmp_path / "out" / "comparison.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return run


def test_one_command_measures_and_a_peer_that_cannot_be_set_up_is_a_row_that_says_so(compare, tmp_path):
    rows = compare("--only", "coulis-f32,engine-f32,daft-onnx", "--limit", "6", "--warm-up", "2", "--repeats", "2")
    found = {(row["name"], row["task"]): row for row in rows}
    assert len(rows) == len(found) == 4
    for key in (("coulis-f32", REDUCED), ("coulis-f32", FEATURES), ("engine-f32", "engine alone")):
        row = found[key]
        assert row["turns"] == "2" and row["failure"] == ""
        assert 0 < float(row["slowest"]) <= float(row["images_per_second"]) <= float(row["fastest"])
        assert int(row["peak_memory_mb"]) > 10
    assert float(found["coulis-f32", FEATURES]["least_cosine"]) > 0.99999
    assert float(found["coulis-f32", FEATURES]["coulis_is_times"]) == 1
    failed = found["daft-onnx", FEATURES]
    assert "could not be set up" in failed["failure"] and "daft" in failed["failure"]
    assert failed["images_per_second"] == failed["turns"] == "" and str(BENCH.parent) not in failed["failure"]

    page = (tmp_path / "out" / "comparison.md").read_text(encoding="utf-8")
    assert "6 images (made by coulis synth)" in page
    assert f"| Daft + ONNX Runtime | failed | {failed['failure']} |" in page
    assert "| Coulis, f32 | " in page and "## What is timed" in page


def test_a_contender_that_fails_at_work_is_a_row_that_says_so_and_the_others_go_on(compare, coulis_binary, tmp_path):
    subprocess.run([coulis_binary, "synth", "--count", "3", "--out", tmp_path / "photos", "--quiet"], check=True)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    failed, engine = compare("--only", "coulis-f32,engine-f32", "--images", tmp_path / "photos", "--repeats", "1")
    assert failed["name"] == "coulis-f32" and "could not be used" in failed["failure"]
    assert engine["name"] == "engine-f32" and float(engine["images_per_second"]) > 0


def test_help_names_the_contenders_and_a_name_that_is_none_is_refused():
    said = subprocess.run([*COMPARE, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(contender.name in said for contender in contenders(cores=2)) and "examples:" in said
    for wrong in (["--only", "nobody"], ["--set", "ray.colour=blue"], ["--repeats", "0"]):
        refused = subprocess.run([*COMPARE, *wrong], capture_output=True, text=True, check=False)
        assert refused.returncode == 2 and refused.stderr.splitlines()[-1].startswith("bench/compare: error: ")


@pytest.fixture
def work(tmp_path) -> dict[str, np.ndarray]:
    """Features of three images in images/, as a contender leaves them in out/."""
    random = np.random.default_rng(0)
    features = {f"apple/{number}.jpg": random.random(checks.LENGTH, np.float32) for number in range(3)}
    (tmp_path / "images" / "apple").mkdir(parents=True)
    for path in features:
        (tmp_path / "images" / path).touch()
    return features


def checked(folder: Path, rows: dict, reference: dict | None):
    (folder / "out" / "features").mkdir(parents=True)
    paths = [f"file:{folder}/images/{path}" for path in rows]
    content = pyarrow.table({"path": paths, "features": [row.tolist() for row in rows.values()]})
    pyarrow.parquet.write_table(content, folder / "out" / "features" / "part.parquet")
    return checks.check(COULIS, folder / "out", folder / "images", {FEATURES: 1.0}, reference)


def test_the_same_features_pass_the_check(work, tmp_path):
    features, least = checked(tmp_path, work, work)
    assert features.keys() == work.keys() and least == pytest.approx(1)


def test_an_image_that_was_left_out_fails_the_check(work, tmp_path):
    with pytest.raises(PeerError, match="2 of 3 images have a row in features"):
        checked(tmp_path, dict(list(work.items())[:2]), None)


def test_other_features_fail_the_check(work, tmp_path):
    other = {path: row[::-1] for path, row in work.items()}
    with pytest.raises(PeerError, match="its features are others than Coulis's: least cosine 0"):
        checked(tmp_path, other, work)


def test_the_same_features_for_every_image_fail_the_check(work, tmp_path):
    with pytest.raises(PeerError, match="do not tell one image from another"):
        checked(tmp_path, dict.fromkeys(work, next(iter(work.values()))), None)


def test_features_of_another_length_fail_the_check(work, tmp_path):
    with pytest.raises(PeerError, match="not every image has 1280 finite features"):
        checked(tmp_path, {path: row[:1000] for path, row in work.items()}, None)


def test_the_table_replaces_what_stands_between_its_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.MARKS[0]}\nold\n{table.MARKS[1]}\nafter\n", encoding="utf-8")
    table.put_between_marks(page, "| new |")
    assert page.read_text(encoding="utf-8") == f"before\n{table.MARKS[0]}\n| new |\n{table.MARKS[1]}\nafter\n"


def test_memory_of_a_process_is_its_proportional_set_size():
    assert pss(os.getpid()) > 10_000_000
    assert pss(2**22 + 1) == 0  # above the largest process id that there can be
