"""RESULTS: what may be there before, and what is there after a run that failed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command import QUICK, ended
from photographs import paint
from results import assert_same_features, assert_same_results, record, rows


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("flags", [[], ["--resume"], ["--overwrite"]])
@pytest.mark.parametrize("content", ["features/mine.txt", "run.txt", "pca/part-00000.parquet", ".profile"])
def test_folder_with_other_things_in_it_is_refused_and_left_alone(coulis, photos, tmp_path, flags, content):
    file = tmp_path / "results" / content
    file.parent.mkdir(parents=True)
    file.write_text("precious")
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", *flags, *QUICK)
    assert "not empty" in message
    assert snapshot(tmp_path / "results") == {content: b"precious"}


def test_results_that_are_there_are_refused_with_both_ways_out(coulis, photos, quick):
    before = snapshot(quick)
    message = coulis.fails(2, "run", photos, "--out", quick, *QUICK)
    assert "--resume" in message and "--overwrite" in message
    assert snapshot(quick) == before


def test_empty_folder_is_taken(coulis, photos, quick, tmp_path):
    (tmp_path / "results").mkdir()
    coulis("run", photos, "--out", tmp_path / "results", *QUICK)
    assert_same_features(tmp_path / "results", quick)


@pytest.mark.parametrize("flags", [["--resume"], ["--overwrite"]])
def test_resume_and_overwrite_of_nothing_begin(coulis, photos, quick, tmp_path, flags):
    coulis("run", photos, "--out", tmp_path / "results", *flags, *QUICK)
    assert_same_features(tmp_path / "results", quick)


@pytest.mark.parametrize("flags", [[], ["--resume"], ["--overwrite"]])
def test_results_that_are_a_file_are_refused(coulis, photos, tmp_path, flags):
    (tmp_path / "results").write_text("precious")
    message = coulis.fails(1, "run", photos, "--out", tmp_path / "results", *flags, *QUICK)
    assert "results" in message and "irectory" in message
    assert (tmp_path / "results").read_text() == "precious"


def test_results_below_a_file_are_refused(coulis, photos, tmp_path):
    (tmp_path / "file").touch()
    assert "file" in coulis.fails(1, "run", photos, "--out", tmp_path / "file" / "results", *QUICK)


def test_results_that_are_the_input_are_refused(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 2)
    before = snapshot(photos)
    assert "not empty" in coulis.fails(2, "run", photos, "--out", photos, *QUICK)
    assert snapshot(photos) == before


def test_results_inside_the_input_are_not_taken_for_images(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 4)
    for _ in range(2):
        coulis("run", photos, "--out", photos / "results", "--overwrite", *QUICK)
        assert len(rows(photos / "results")) == 4


@pytest.mark.parametrize("deeper", [[], ["deep", "er"]])
def test_folder_that_is_not_writable_is_an_error_that_says_so(obedient, photos, tmp_path, deeper):
    (tmp_path / "locked").mkdir(mode=0o555)
    message = obedient.fails(1, "run", photos, "--out", tmp_path.joinpath("locked", *deeper, "results"), *QUICK)
    assert "Permission denied" in message and "locked" in message
    (tmp_path / "locked").chmod(0o755)
    assert list((tmp_path / "locked").iterdir()) == []


def test_results_that_are_not_writable_stay_as_they_are(obedient, photos, own_quick):
    before = snapshot(own_quick)
    own_quick.chmod(0o555)
    for job in (["run", photos, "--out", own_quick, "--overwrite", *QUICK], ["reduce", own_quick]):
        assert "Permission denied" in obedient.fails(1, *job)
    own_quick.chmod(0o755)
    assert snapshot(own_quick) == before


@pytest.mark.parametrize("flags, word", [
    (["--label", "none"], "--label"), (["--glob", "*.jpg"], "--glob"), (["--exif-rotate"], "--exif-rotate"),
    (["--max-pixels", "1000000"], "--max-pixels"), (["--max-bytes", "1MB"], "--max-bytes"),
    (["--layer", "features.5"], "--layer"),
])
def test_resume_with_other_options_is_refused_and_names_the_option(coulis, photos, quick, flags, word):
    before = snapshot(quick)
    message = coulis.fails(2, "run", photos, "--out", quick, "--resume", *(flags if word == "--layer" else [*QUICK, *flags]))
    assert word in message and "--overwrite" in message
    assert snapshot(quick) == before


def test_resume_with_other_input_is_refused(coulis, photos, quick, tmp_path):
    other = paint(tmp_path / "other", 2)
    for inputs in [other], [photos, other], [photos / "kiwi"]:
        assert "input" in coulis.fails(2, "run", *inputs, "--out", quick, "--resume", *QUICK)


def test_resume_with_the_same_input_named_otherwise_goes_on(coulis, photos, own_quick):
    before = snapshot(own_quick)
    coulis("run", f"{photos.name}/../{photos.name}/", "--out", own_quick, "--resume", *QUICK, cwd=photos.parent)
    assert snapshot(own_quick) == before


def test_resume_adds_new_images_to_finished_results(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 10)
    job = ("run", photos, "--rows-per-part", 4, *QUICK)
    coulis(*job, "--out", tmp_path / "grown")
    old_parts = snapshot(tmp_path / "grown" / "features")
    paint(photos, 6, first=10)
    coulis(*job, "--out", tmp_path / "grown", "--resume")
    coulis(*job, "--out", tmp_path / "anew")
    assert snapshot(tmp_path / "grown" / "features").items() >= old_parts.items()
    assert_same_results(tmp_path / "grown", tmp_path / "anew")
    assert record(tmp_path / "grown")["pca"]["fitted_rows"] == 16
    coulis("validate", tmp_path / "grown")


def test_resume_of_features_alone_drops_a_pca_that_is_out_of_date(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 4)
    coulis("run", photos, "--out", tmp_path / "results", *QUICK)
    paint(photos, 2, first=4)
    coulis("embed", photos, "--out", tmp_path / "results", "--resume", *QUICK)
    assert record(tmp_path / "results")["pca"] is None and not (tmp_path / "results" / "pca").exists()
    coulis("validate", tmp_path / "results")


def test_limit_counts_finished_images_of_a_resumed_run(coulis, photos, tmp_path):
    job = ("embed", photos, "--out", tmp_path / "results", "--resume", *QUICK)
    for limit, expected in (5, 5), (5, 5), (9, 9), (0, 24):
        coulis(*job, "--limit", limit)
        assert len(rows(tmp_path / "results")) == expected


def test_overwrite_replaces_everything(coulis, photos, quick, tmp_path):
    coulis("run", paint(tmp_path / "other", 9), "--out", tmp_path / "results", "--rows-per-part", 2)
    coulis("run", photos, "--out", tmp_path / "results", "--overwrite", "--rows-per-part", 8, *QUICK)
    assert_same_results(tmp_path / "results", quick)
    assert sorted(snapshot(tmp_path / "results")) == sorted(snapshot(quick))


@pytest.mark.parametrize("failure", ["no images", "no such layer", "no such input", "too many components"])
def test_overwrite_that_fails_leaves_the_earlier_results(coulis, photos, own_quick, quick, failure, tmp_path):
    (tmp_path / "empty").mkdir()
    arguments = {"no images": [tmp_path / "empty"], "no such layer": [photos, "--layer", "nowhere"],
                 "no such input": [tmp_path / "nowhere"],
                 "too many components": [photos, *QUICK, "--components", 24]}[failure]
    outcome = coulis.try_("run", *arguments, "--out", own_quick, "--overwrite")
    assert outcome.code in (1, 2)
    coulis("validate", own_quick)
    assert_same_results(own_quick, quick)


def test_two_runs_at_once_into_different_folders_are_both_whole(coulis, photos, quick, tmp_path):
    job = ("run", photos, "--rows-per-part", 8, *QUICK)
    with coulis.started(*job, "--out", tmp_path / "one") as one, coulis.started(*job, "--out", tmp_path / "two") as two:
        assert ended(one).code == ended(two).code == 0
    for name in "one", "two":
        coulis("validate", tmp_path / name)
        assert_same_results(tmp_path / name, quick)


@pytest.mark.parametrize("flags", [[], ["--resume"], ["--overwrite"]])
def test_second_run_into_the_same_folder_is_refused_while_the_first_is_at_work(coulis, tmp_path, flags):
    photos = paint(tmp_path / "photos", 150)
    job = ("run", photos, "--out", tmp_path / "results", "--rows-per-part", 2, *QUICK)
    with coulis.started(*job) as first:
        while not list(tmp_path.glob("results/.incomplete/features/part-*")):
            assert first.poll() is None
        assert "at work" in coulis.fails(1, *job, *flags)
        assert ended(first).code == 0
    coulis("validate", tmp_path / "results")
    assert len(rows(tmp_path / "results")) == 150


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 KB, and a way to make it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k,mode=777", "tmpfs", folder],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted: {mounted.stderr.strip()}")

    def grow():
        subprocess.run(["mount", "-o", "remount,size=40m", folder], check=True)

    yield folder, grow
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return paint(tmp_path_factory.mktemp("many") / "photos", 120)


def test_disk_that_fills_up_is_an_error_and_resume_goes_on_when_there_is_space(coulis, many, small_disk, tmp_path):
    disk, grow = small_disk
    job = ("embed", many, "--rows-per-part", 10)
    message = coulis.fails(1, *job, "--out", disk / "results")
    assert "No space left on device" in message and "--resume" in message
    assert "unfinished" in coulis.fails(1, "validate", disk / "results")
    finished = len(list(disk.glob("results/.incomplete/features/part-*.parquet")))
    assert finished > 0
    grow()
    coulis(*job, "--out", disk / "results", "--resume")
    coulis("validate", disk / "results")
    coulis(*job, "--out", tmp_path / "undisturbed")
    assert_same_features(disk / "results", tmp_path / "undisturbed")


def test_disk_that_fills_up_leaves_the_earlier_results(coulis, photos, many, quick, small_disk):
    disk, grow = small_disk
    shutil.copytree(quick, disk / "results")
    before = snapshot(disk / "results")
    message = coulis.fails(1, "embed", many, "--out", disk / "results", "--overwrite", "--rows-per-part", 10)
    assert "No space left on device" in message
    assert snapshot(disk / "results").items() >= before.items()
    coulis("validate", disk / "results")
    grow()
    coulis("embed", many, "--out", disk / "results", "--resume", "--rows-per-part", 10)
    coulis("validate", disk / "results")
    assert len(rows(disk / "results")) == 120


def test_disk_that_fills_up_during_reduce_leaves_the_earlier_pca(coulis, small_disk, whole):
    disk, grow = small_disk
    shutil.copytree(whole, disk / "results")
    with open(disk / "filler", "wb") as filler:
        filler.write(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize - 8192))
    before = snapshot(disk / "results")
    assert "No space left on device" in coulis.fails(1, "reduce", disk / "results", "--components", 20)
    assert snapshot(disk / "results").items() >= before.items()
    coulis("validate", disk / "results")
    grow()
    coulis("reduce", disk / "results", "--components", 20)
    assert record(disk / "results")["pca"]["k"] == 20
    coulis("validate", disk / "results")
