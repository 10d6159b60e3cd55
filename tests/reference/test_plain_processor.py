"""A processor with no more than x86-64-v2 (SSE4.2, no AVX), which qemu-user plays: no illegal instruction, same bits."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import pillow_images as images
from decode_program import DecodeProgram

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from networks import network  # noqa: E402

PLAIN = ("qemu-x86_64", "-cpu", "Nehalem")
pytestmark = [
    pytest.mark.skipif(platform.machine() != "x86_64", reason="another processor"),
    pytest.mark.skipif(shutil.which(PLAIN[0]) is None, reason="qemu-user is missing: scripts/setup --tests installs it"),
]


def test_plain_processor_has_no_vector_kernels(tmp_path):
    photograph = tmp_path / "photograph.jpg"
    photograph.write_bytes(next(data for _, data in images.jpegs()))
    with DecodeProgram(PLAIN) as plain:
        assert plain(photograph, (224, 224), kernel="avx2") == "no kernel avx2"
        assert plain(photograph, (224, 224), kernel="avx512") == "no kernel avx512"


@pytest.mark.parametrize("kind", ["jpegs", "pngs", "webps"])
def test_plain_processor_gives_the_same_bits(tmp_path, kind):
    with DecodeProgram() as native, DecodeProgram(PLAIN) as plain:
        for name, data in list(getattr(images, kind)())[::4]:
            path = tmp_path / name.replace("/", "_")
            path.write_bytes(data)
            for kernel in "-", "fast":
                here, there = (program(path, (224, 224), kernel=kernel) for program in (native, plain))
                assert not isinstance(there, str), f"{name}: {there}"
                assert here[0] == there[0]
                assert np.array_equal(here[1], there[1]), f"{name} with {kernel}: other pixels"


def rows(results):
    table = pyarrow.parquet.read_table(results / "features").sort_by("path")
    return table["path"].to_pylist(), np.array(table["features"].to_pylist())


def test_plain_processor_runs_the_whole(coulis_binary, tmp_path):
    models = os.environ | {"COULIS_MODELS": str(tmp_path / "models"), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def run(*arguments, under=()):
        subprocess.run([*under, coulis_binary, *map(str, arguments), "--quiet"], env=models, check=True)

    run("models", "import", network(tmp_path / "tiny.onnx", shape=(1, 3, 32, 32)), "--name", "tiny")
    run("synth", "--count", 12, "--size", "64x48", "--out", tmp_path / "photos")
    for results, under in (("native", ()), ("plain", PLAIN)):
        run("run", tmp_path / "photos", "--out", tmp_path / results, "--model", "tiny", "--components", 2, "--threads", 2,
            under=under)
        run("validate", tmp_path / results, under=under)
    assert json.loads((tmp_path / "plain" / "run.json").read_text())["counts"] == {"images": 12, "bad": 0, "ignored": 0, "forgotten": 0}
    native, plain = rows(tmp_path / "native"), rows(tmp_path / "plain")
    assert native[0] == plain[0]
    assert np.abs(native[1] - plain[1]).max() <= 1e-4 * np.abs(native[1]).max()
