"""--progress: a live line on a terminal, plain lines elsewhere, JSON for machines, none."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import termios
import time

import pytest
from command import PROGRESS_LINE, QUICK, ended
from photographs import LABELS, paint

IMAGES, BAD = 208, 8
CLEAR_LINE = "\r\x1b[K"


def on_terminal(coulis, *arguments, columns: int = 100) -> tuple[int, str]:
    """Runs with a pseudo-terminal as standard output and error; exit code and all that was shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with coulis.started(*arguments, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # What Linux gives when the other end is closed.
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        code = process.wait()
    return code, shown.decode()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Enough that a run is seen at work several times; bad ones in every folder, whatever comes first."""
    photos = paint(tmp_path_factory.mktemp("many") / "photos", IMAGES - BAD)
    for number in range(BAD):
        (photos / LABELS[number % len(LABELS)] / f"bad{number}.jpg").write_text("text")
    return photos


def test_terminal_gets_a_live_line_that_is_gone_at_the_end(coulis, many, tmp_path):
    code, shown = on_terminal(coulis, "embed", many, "--out", tmp_path / "results")
    assert code == 0
    drawn = [piece.split("\r\n")[0] for piece in shown.split(CLEAR_LINE)[1:]]
    assert all(PROGRESS_LINE.match(line) for line in drawn[:-1])
    running = [re.match(rf"embedding  (\d+)/{IMAGES}  \d+%  \d+ images/s", line) for line in drawn]
    counts = [int(found[1]) for found in running if found]
    assert counts and counts == sorted(counts) and counts[-1] <= IMAGES
    assert any("ETA" in line for line in drawn)
    # The last line was cleared, and the summary stands in its place.
    assert shown.split(CLEAR_LINE)[-1].startswith(f"images      {IMAGES - BAD} embedded, {BAD} bad")


def test_bad_images_are_in_the_live_line(coulis, many, tmp_path):
    _, shown = on_terminal(coulis, "embed", many, "--out", tmp_path / "results")
    assert re.search(r"images/s  [1-8] bad", shown)


def test_live_line_fits_a_narrow_terminal(coulis, many, tmp_path):
    _, shown = on_terminal(coulis, "embed", many, "--out", tmp_path / "results", columns=30)
    drawn = [piece.split("\r\n")[0] for piece in shown.split(CLEAR_LINE)[1:-1]]
    assert drawn and all(len(line) < 30 for line in drawn)


def test_errors_are_coloured_on_a_terminal_unless_no_color_is_set(coulis, tmp_path):
    arguments = ("validate", tmp_path / "nowhere")
    assert on_terminal(coulis, *arguments)[1].endswith("nowhere\r\n")
    assert "coulis: \x1b[1;31merror\x1b[0m: " in on_terminal(coulis, *arguments)[1]
    assert "coulis: error: " in on_terminal(coulis.having(NO_COLOR="1"), *arguments)[1]
    assert "\x1b" not in coulis.try_(*arguments).err


@pytest.mark.parametrize("style", ["plain", "none", "json"])
def test_no_style_but_auto_moves_the_cursor(coulis, photos, tmp_path, style):
    code, shown = on_terminal(coulis, "embed", photos, "--out", tmp_path / "results", "--progress", style, *QUICK)
    assert code == 0 and "\x1b" not in shown


def test_quiet_shows_nothing_on_a_terminal(coulis, photos, tmp_path):
    assert on_terminal(coulis, "run", photos, "--out", tmp_path / "results", "--quiet", *QUICK) == (0, "")


def test_elsewhere_auto_prints_plain_lines_every_few_seconds(coulis, many, tmp_path):
    results = tmp_path / "results"
    with coulis.started("embed", many, "--out", results, "--rows-per-part", 5) as process:
        while not list(results.glob(".incomplete/features/part-*")):
            assert process.poll() is None
        # While the work stands still, the clock goes on: no long run is needed to see a line.
        process.send_signal(signal.SIGSTOP)
        time.sleep(5.1)
        process.send_signal(signal.SIGCONT)
        outcome = ended(process)
    assert outcome.code == 0 and outcome.messages == []
    lines = outcome.err.splitlines()
    assert re.match(rf"embedding  \d+/{IMAGES}  \d+%  \d+ images/s", lines[0])
    assert "\r" not in outcome.err and "\x1b" not in outcome.err


def json_lines(outcome) -> list[dict]:
    return [json.loads(line) for line in outcome.err.splitlines()]


def test_json_is_an_object_a_line_with_the_right_totals_at_the_end(coulis, many, tmp_path):
    outcome = coulis.try_("run", many, "--out", tmp_path / "results", "--progress", "json")
    assert outcome.code == 0
    lines = json_lines(outcome)
    for line in lines:
        assert set(line) == {"phase", "done", "bad", "total", "images_per_second", "retries"}
        assert line["total"] is None or line["done"] <= line["total"] == IMAGES
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)
    assert (lines[-1]["phase"], lines[-1]["done"], lines[-1]["total"], lines[-1]["bad"]) == ("done", IMAGES, IMAGES, BAD)


def test_json_of_a_resumed_run_counts_what_is_left_to_do(coulis, many, tmp_path):
    coulis("embed", many, "--out", tmp_path / "results", "--limit", 150, *QUICK)
    outcome = coulis.try_("embed", many, "--out", tmp_path / "results", "--resume", "--progress", "json", *QUICK)
    assert outcome.code == 0
    last = json_lines(outcome)[-1]
    assert (last["done"], last["total"]) == (IMAGES - 150, IMAGES - 150)


@pytest.mark.parametrize("command", ["reduce", "validate", "synth"])
def test_json_of_other_commands_ends_with_done(coulis, own_quick, tmp_path, command):
    arguments = [own_quick] if command != "synth" else ["--count", 3, "--out", tmp_path / "photos"]
    outcome = coulis.try_(command, *arguments, "--progress", "json")
    assert outcome.code == 0 and json_lines(outcome)[-1]["phase"] == "done"


def test_bench_counts_its_passes(coulis, photos):
    outcome = coulis.try_("bench", photos, "--rounds", 2, "--images", 8, "--progress", "json", *QUICK)
    last = json_lines(outcome)[-1]
    assert (outcome.code, last["phase"], last["done"], last["total"]) == (0, "done", 8, 8)  # Two rounds of four stages.


def test_none_prints_the_summary_alone(coulis, photos, tmp_path):
    outcome = coulis.try_("run", photos, "--out", tmp_path / "results", "--progress", "none", *QUICK)
    assert outcome.code == 0 and outcome.err == "" and outcome.out.startswith("images ")
