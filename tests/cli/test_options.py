"""What is typed wrong ends with 2 and one line that says what to type; what is typed right does what it says."""

import os
import re
from contextlib import suppress
from pathlib import Path

import pytest
from command import QUICK, the_error
from photographs import paint, photograph
from results import features, record, rows, vectors

COMMANDS = ("run", "embed", "reduce", "validate", "models", "models list", "models pull", "models import", "models show",
            "models export", "models quantize", "models report", "synth", "bench", "doctor")
LATER = ("query",)


def listed_commands(help_text: str) -> list[str]:
    section = help_text.split("\nSubcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+)", section, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_usage_and_an_example(coulis, command):
    text = coulis(*command.split(), "--help").out
    assert f"Usage: coulis {command} [OPTIONS]" in text
    examples = re.split(r"\nExamples?:\n", text)
    assert len(examples) == 2 and f"  coulis {command}" in examples[1]


def test_help_lists_the_commands_that_are_there(coulis):
    assert listed_commands(coulis("--help").out) == ["run", "embed", "reduce", "validate", "pack", "models", "synth",
                                                     "bench", "doctor", "forget", "strip", "cloud"]
    assert listed_commands(coulis("models", "--help").out) == ["list", "pull", "import", "show", "export", "quantize",
                                                              "report"]


@pytest.mark.parametrize("command", LATER)
def test_commands_of_later_are_absent(coulis, command):
    assert command not in " ".join(listed_commands(coulis("--help").out))
    assert command in coulis.fails(2, command)
    assert command in coulis.fails(2, "models", command)


@pytest.mark.parametrize("options", [("--engine", "x"), ("--master", "local[2]")])
def test_spark_is_asked_for_by_name(coulis, photos, tmp_path, options):
    assert "--engine" in coulis.fails(2, "run", photos, "--out", tmp_path / "results", *options)


def test_version_is_one_line(coulis):
    assert re.fullmatch(r"coulis \d+\.\d+\.\d+\n", coulis("--version").out)


def test_no_arguments_give_the_help_on_standard_error_and_exit_2(coulis):
    outcome = coulis.try_()
    assert (outcome.code, outcome.out) == (2, "")
    assert "Usage: coulis" in outcome.err


@pytest.mark.parametrize("arguments, word", [
    (["--bogus"], "--bogus"),
    (["-x"], "-x"),
    (["frobnicate"], "frobnicate"),
    (["run", "PHOTOS", "--out", "OUT", "--bogus"], "--bogus"),
    (["run", "PHOTOS", "--out", "OUT", "--bogus=3"], "--bogus"),
    (["embed", "PHOTOS", "--out", "OUT", "--components", "5"], "--components"),
    (["validate", "OUT", "OUT2"], "OUT2"),
    (["models", "frobnicate"], "frobnicate"),
])
def test_unknown_option_or_word_is_named(coulis, photos, tmp_path, arguments, word):
    known = {"PHOTOS": photos, "OUT": tmp_path / "results"}
    message = coulis.fails(2, *(known.get(argument, argument) for argument in arguments))
    assert word in message and "--help" in message
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("arguments, missing", [
    (["run"], "--out"), (["run", "photos"], "--out"), (["embed", "photos"], "--out"), (["run", "--out", "x"], "INPUT"),
    (["reduce"], "RESULTS"), (["validate"], "RESULTS"), (["models", "pull"], "NAME"), (["synth", "--out", "x"], "--count"),
    (["synth", "--count", "3"], "--out"), (["bench"], "INPUT"), (["run", "photos", "--out"], "--out"),
])
def test_what_is_missing_is_named(coulis, arguments, missing):
    assert missing in coulis.fails(2, *arguments)


@pytest.mark.parametrize("option, value", [
    ("--threads", "-1"), ("--threads", "many"), ("--threads", "1.5"), ("--threads", "99999"), ("--threads", ""),
    ("--components", "0"), ("--components", "-3"), ("--components", "1.5"), ("--components", "many"),
    ("--components", "nan"), ("--components", "inf"), ("--components", "0.0"), ("--components", ""),
    ("--components", "5x"), ("--components", "99999999999999999999"),
    ("--max-bad", "-0.1"), ("--max-bad", "1.1"), ("--max-bad", "nan"), ("--max-bad", "few"),
    ("--limit", "-1"), ("--limit", "1.5"), ("--limit", "all"),
    ("--rows-per-part", "0"), ("--rows-per-part", "-8"), ("--rows-per-part", "some"),
    ("--max-pixels", "0"), ("--max-pixels", "-1"), ("--max-pixels", "huge"),
    ("--max-bytes", "0"), ("--max-bytes", "-1"), ("--max-bytes", "10XB"), ("--max-bytes", "huge"),
    ("--label", "folder"), ("--label", "1"), ("--label", ""),
    ("--progress", "loud"), ("--progress", "2"),
])
def test_bad_value_is_refused_in_a_line_that_names_the_option_and_leaves_nothing(coulis, photos, tmp_path, option, value):
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", *QUICK, f"{option}={value}")
    assert option.strip("-").replace("-", " ").split()[-1] in message
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("arguments", [
    ["--count", "0"], ["--count", "-5"], ["--count", "few"], ["--count", "5", "--size", "0x5"], ["--count", "5", "--size", "5"],
    ["--count", "5", "--size", "5x5x5"], ["--count", "5", "--size", "99999x5"], ["--count", "5", "--classes", "0"],
    ["--count", "5", "--classes", "65"], ["--count", "5", "--quality", "0"], ["--count", "5", "--quality", "101"],
    ["--count", "5", "--threads", "-1"], ["--count", "5", "--seed", "abc"],
])
def test_bad_value_of_synth_is_refused(coulis, tmp_path, arguments):
    coulis.fails(2, "synth", "--out", tmp_path / "photos", *arguments)
    assert not (tmp_path / "photos").exists()


def test_resume_and_overwrite_exclude_each_other(coulis, photos, tmp_path):
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", "--resume", "--overwrite")
    assert "--resume" in message and "--overwrite" in message


def test_components_none_and_pca_from_contradict_each_other(coulis, photos, quick, tmp_path):
    message = coulis.fails(2, "run", photos, "--out", tmp_path / "results", *QUICK, "--components", "none",
                           "--pca-from", quick)
    assert "--components none" in message and "--pca-from" in message
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command", ["run", "embed"])
def test_quiet_prints_nothing(coulis, photos, tmp_path, command):
    outcome = coulis(command, photos, "--out", tmp_path / "results", *QUICK, "--quiet")
    assert (outcome.out, outcome.err) == ("", "")


def test_quiet_prints_nothing_for_the_other_commands(coulis, own_quick, tmp_path):
    for arguments in (["validate", own_quick], ["reduce", own_quick], ["models", "pull", "mobilenet_v2"],
                      ["synth", "--count", "3", "--out", tmp_path / "photos"]):
        outcome = coulis(*arguments, "--quiet")
        assert (outcome.out, outcome.err) == ("", ""), arguments


def test_quiet_still_prints_the_error(coulis, tmp_path):
    coulis.fails(1, "run", tmp_path / "nowhere", "--out", tmp_path / "results", "--quiet")


def test_limit_takes_so_many_images(coulis, photos, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", "--limit", 7, *QUICK)
    assert len(rows(tmp_path / "results")) == record(tmp_path / "results")["counts"]["images"] == 7


def test_glob_chooses_by_name(coulis, photos, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", "--glob", "kiwi_*.jpg", "--glob", "PLUM*", *QUICK)
    assert {path.split("/")[0] for path in rows(tmp_path / "results").index} == {"kiwi", "plum"}
    assert record(tmp_path / "results")["counts"] == {"images": 12, "bad": 0, "ignored": 12, "forgotten": 0}


def test_glob_with_a_slash_chooses_by_path(coulis, photos, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", "--glob", "kiwi/*", *QUICK)
    assert {path.split("/")[0] for path in rows(tmp_path / "results").index} == {"kiwi"}


def test_glob_that_nothing_matches_is_an_error_that_shows_it(coulis, photos, tmp_path):
    assert "*.tiff" in coulis.fails(1, "run", photos, "--out", tmp_path / "results", "--glob", "*.tiff", *QUICK)


def test_glob_that_is_not_utf8_is_taken_and_recorded(coulis, photos, tmp_path):
    coulis("embed", photos, "--out", tmp_path / "results", "--glob", b"*\xff*", "--glob", "kiwi*", *QUICK)
    assert record(tmp_path / "results")["options"]["globs"] == ["*\\xff*", "kiwi*"]


def test_label_is_the_parent_folder_or_null(coulis, photos, quick, tmp_path):
    labelled = rows(quick)
    assert all(path.split("/")[0] == label for path, label in labelled["label"].items())
    coulis("run", photos, "--out", tmp_path / "results", "--label", "none", *QUICK)
    assert rows(tmp_path / "results")["label"].isna().all()
    assert rows(tmp_path / "results", "pca")["label"].isna().all()


def test_label_of_an_image_at_the_top_is_the_name_of_the_input(coulis, photos, tmp_path):
    coulis("embed", photos / "kiwi", "--out", tmp_path / "results", *QUICK)
    assert set(rows(tmp_path / "results")["label"]) == {"kiwi"}


def test_several_inputs_give_whole_paths(coulis, photos, tmp_path):
    single = next((photos / "plum").iterdir())
    coulis("embed", photos / "kiwi", photos / "apple", single, "--out", tmp_path / "results", *QUICK)
    expected = {*(photos / "kiwi").iterdir(), *(photos / "apple").iterdir(), single}
    assert set(rows(tmp_path / "results").index) == {str(path.resolve()) for path in expected}


def test_single_image_is_an_input(coulis, photos, tmp_path):
    image = next((photos / "plum").iterdir())
    coulis("embed", image, "--out", tmp_path / "results", *QUICK)
    table = rows(tmp_path / "results")
    assert list(table.index) == [image.name] and list(table["label"]) == ["plum"]


@pytest.mark.parametrize("second", ["kiwi", ".", "kiwi/../kiwi/kiwi_0002.jpg"])
def test_input_inside_another_is_refused(coulis, photos, tmp_path, second):
    message = coulis.fails(2, "run", photos, photos / second, "--out", tmp_path / "results", *QUICK)
    assert "inside" in message and not (tmp_path / "results").exists()


def test_relative_input_and_results_are_taken_from_where_one_is(coulis, photos, tmp_path):
    (tmp_path / "photos").symlink_to(photos)
    coulis("embed", "photos/", "--out", "deep/er/results/", *QUICK, cwd=tmp_path)
    assert record(tmp_path / "deep/er/results")["options"]["inputs"] == [str(photos.resolve())]


def test_input_whose_name_begins_with_a_dash_comes_after_two_of_them(coulis, tmp_path):
    paint(tmp_path / "-photos", 2)
    coulis("embed", "--out", "results", *QUICK, "--", "-photos", cwd=tmp_path)
    assert len(rows(tmp_path / "results")) == 2


def test_exif_orientation_is_ignored_unless_asked_for(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    exif = photograph(1).getexif()
    exif[0x0112] = 6
    photograph(1).save(tmp_path / "photos" / "turned.jpg", exif=exif)
    width, height = photograph(1).size
    for flags, size in ([], (width, height)), (["--exif-rotate"], (height, width)):
        results = tmp_path / f"results{len(flags)}"
        coulis("embed", tmp_path / "photos", "--out", results, *QUICK, *flags)
        assert tuple(rows(results).loc["turned.jpg", ["width", "height"]]) == size


def test_threads_do_not_change_a_bit(coulis, photos, tmp_path):
    for threads in 1, 2, 3:
        coulis("embed", photos, "--out", tmp_path / str(threads), "--threads", threads)
    expected = rows(tmp_path / "1")["features"]
    for threads in 2, 3:
        found = rows(tmp_path / str(threads))["features"]
        assert [row.tobytes() for row in found] == [row.tobytes() for row in expected]
        assert list(found.index) == list(expected.index)


@pytest.mark.parametrize("components, k", [("none", None), ("5", 5), ("0.5", None), ("1.0", 23), ("23", 23)])
def test_components_may_be_none_a_number_or_a_share(coulis, photos, tmp_path, components, k):
    results = tmp_path / "results"
    coulis("run", photos, "--out", results, "--components", components, *QUICK)
    pca = record(results)["pca"]
    if components == "none":
        assert pca is None and not (results / "pca").exists() and not (results / "pca_model").exists()
        return
    assert vectors(results).shape == (24, pca["k"])
    if k:
        assert pca["k"] == k
    else:
        share = float(components)
        assert pca["explained_variance_ratio"] >= share
        variance = vectors(results).var(axis=0)
        assert (variance[:-1].sum() / features(results).std(axis=0).astype(bool).sum()) < share


def test_more_components_than_there_can_be_are_refused_with_the_range(coulis, own_quick):
    before = record(own_quick)
    message = coulis.fails(2, "reduce", own_quick, "--components", 25)
    assert "25" in message and "1 to 23" in message
    assert record(own_quick) == before
    coulis("validate", own_quick)


def test_max_bad_is_a_share_that_may_be_reached_but_not_exceeded(coulis, tmp_path):
    photos = paint(tmp_path / "photos", 3)
    (photos / "bad.jpg").write_text("text")
    coulis("embed", photos, "--out", tmp_path / "at", "--max-bad", 0.25, *QUICK)
    outcome = coulis.try_("embed", photos, "--out", tmp_path / "over", "--max-bad", 0.24, *QUICK)
    assert outcome.code == 3 and "--max-bad" in the_error(outcome)
    assert record(tmp_path / "over")["counts"]["bad"] == 1
    coulis("validate", tmp_path / "over")


def test_standard_output_holds_the_summary_and_no_progress(coulis, photos, tmp_path):
    first_words = {"images", "features", "pca", "validated", "time", "results"}
    for style in "plain", "json", "none":
        outcome = coulis.try_("run", photos, "--out", tmp_path / style, "--progress", style, *QUICK)
        assert outcome.code == 0
        assert {line.split()[0] for line in outcome.out.splitlines()} == first_words


@pytest.mark.parametrize("arguments", [["run", "PHOTOS", "--out", "OUT", *QUICK], ["validate", "RESULTS"],
                                       ["models", "list"], ["--help"]])
def test_reader_that_leaves_early_stops_nothing(coulis, photos, quick, tmp_path, arguments):
    """`coulis … | head -1`"""
    known = {"PHOTOS": photos, "OUT": tmp_path / "results", "RESULTS": quick}
    arguments = [known.get(argument, argument) for argument in arguments]
    read, write = os.pipe()
    with coulis.started(*arguments, stdout=write) as process:
        os.close(write)
        os.close(read)  # Nobody will ever read: the strictest reader.
        process.communicate(timeout=300)
    if (tmp_path / "results").exists():
        coulis("validate", tmp_path / "results")


def test_closed_standard_streams_are_opened_to_nowhere(coulis, photos, tmp_path):
    """Else a file of the result could be opened in their place and get what is printed there."""
    with coulis.started("run", photos, "--out", tmp_path / "results",
                        preexec_fn=lambda: [os.close(stream) for stream in (0, 1, 2)]) as process:
        streams = [Path(f"/proc/{process.pid}/fd/{stream}") for stream in (0, 1, 2)]
        leads_to = []
        while leads_to != ["/dev/null"] * 3 and process.poll() is None:
            with suppress(FileNotFoundError):
                leads_to = [os.readlink(stream) for stream in streams]
        assert leads_to == ["/dev/null"] * 3
        assert process.wait() == 0
    coulis("validate", tmp_path / "results")


def test_output_that_cannot_be_written_is_an_error(coulis, quick):
    with open("/dev/full", "w") as full:
        for arguments in (["models", "list"], ["validate", quick], ["validate", quick, "--json"]):
            with coulis.started(*arguments, stdout=full) as process:
                _, err = process.communicate(timeout=300)
            assert process.returncode == 1 and b"No space left" in err
