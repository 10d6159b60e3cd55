"""synth, bench and doctor."""

import json

import pytest
from command import QUICK
from PIL import Image


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_synth_writes_so_many_photographs_in_a_folder_for_each_label(coulis, tmp_path):
    coulis("synth", "--count", 10, "--classes", 3, "--size", "64x48", "--out", tmp_path / "photos")
    found = sorted((tmp_path / "photos").glob("*/*.jpg"))
    assert len(found) == len(files(tmp_path / "photos")) == 10
    assert len({path.parent for path in found}) == 3
    for path in found:
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 48))


def test_synth_with_the_same_seed_gives_the_same_bytes_with_any_threads(coulis, tmp_path):
    for name, flags in ("one", ["--threads", 1]), ("two", ["--threads", 2]), ("other", ["--seed", 5]):
        coulis("synth", "--count", 9, "--out", tmp_path / name, *flags)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one").keys() == files(tmp_path / "other").keys()
    assert files(tmp_path / "one") != files(tmp_path / "other")


def test_synth_refuses_a_folder_that_is_not_empty_unless_told(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.txt").write_text("precious")
    message = coulis.fails(2, "synth", "--count", 3, "--out", tmp_path / "photos")
    assert "not empty" in message and "--overwrite" in message
    coulis("synth", "--count", 3, "--out", tmp_path / "photos", "--overwrite")
    assert (tmp_path / "photos" / "mine.txt").read_text() == "precious"
    assert len(files(tmp_path / "photos")) == 4


def test_synth_into_what_is_not_writable_is_an_error(obedient, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "Permission denied" in obedient.fails(1, "synth", "--count", 3, "--out", tmp_path / "locked" / "photos")
    (tmp_path / "file").touch()
    assert "file" in obedient.fails(1, "synth", "--count", 3, "--out", tmp_path / "file")


@pytest.mark.parametrize("json_wanted", [True, False])
def test_bench_gives_images_per_second_of_each_stage(coulis, photos, json_wanted):
    stages = ["read", "decode + resize", "engine alone", "whole"]
    flags = ("--rounds", 1, "--images", 8, "--threads", 1, "--progress", "none", *QUICK)
    out = coulis("bench", photos, *flags, *["--json"][:json_wanted]).out
    if json_wanted:
        rates = json.loads(out)["stages"]
        assert [rate["stage"].split(" (")[0] for rate in rates] == stages
        assert all(rate["images_per_second"] > 0 and rate["threads"] == 1 for rate in rates)
        assert all(0 < rate["utilisation"] < 8 for rate in rates)
    else:
        lines = out.splitlines()
        assert lines[0].split() == ["STAGE", "IMAGES/S", "THREADS", "BUSY"]
        assert all(line.startswith(stage) for line, stage in zip(lines[1:], stages, strict=True))


def test_bench_of_fast_decoding_says_what_it_costs(coulis, large_photos):
    flags = ("--rounds", 1, "--threads", 2, "--progress", "none", "--decode", "fast")
    report = json.loads(coulis("bench", large_photos, *flags, "--json").out)
    assert "decode + resize, exact" in [rate["stage"] for rate in report["stages"]]
    cosine = report["cosine_against_exact"]
    assert cosine["images"] == 6
    assert 0.9 <= cosine["minimum"] <= cosine["first_percentile"] <= cosine["mean"] < 1
    assert f"cosine against exact decoding: mean {cosine['mean']:.4f}" in coulis("bench", large_photos, *flags).out


def test_bench_of_nothing_is_an_error(coulis, tmp_path):
    assert "no images" in coulis.fails(1, "bench", tmp_path)
    assert "nowhere" in coulis.fails(1, "bench", tmp_path / "nowhere")
    coulis.fails(2, "bench", tmp_path, "--rounds", 0)


def test_doctor_says_what_works(coulis):
    checks = json.loads(coulis("doctor", "--json").out)
    assert all(check["ok"] for check in checks)
    assert {check["check"] for check in checks} >= {"processor", "memory", "libraries", "model", "inference"}
    assert all(line.startswith("ok ") for line in coulis("doctor").out.splitlines())


def test_doctor_reports_a_cache_that_cannot_be_written(coulis, tmp_path):
    (tmp_path / "file").touch()
    outcome = coulis.having(XDG_CACHE_HOME=tmp_path / "file").try_("doctor")
    assert outcome.code == 1
    assert [line for line in outcome.out.splitlines() if line.startswith("FAILED") and "XDG_CACHE_HOME" in line]
