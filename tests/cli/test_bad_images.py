"""Whatever lies in a folder of images: one run over all of it, a row for each image, good or bad."""

import os
import shutil
import socket
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from command import QUICK
from photographs import encoded, paint, photograph
from results import error_of, record, rows

SIDE = 60_000


def png_header(side: int) -> bytes:
    """A PNG that says it has side x side pixels; a few bytes of them follow."""
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


def jpeg_header(side: int) -> bytes:
    """A JPEG whose frame header was changed to say side x side."""
    image = bytearray(encoded(0))
    frame = image.index(b"\xff\xc0")
    image[frame + 5:frame + 9] = struct.pack(">HH", side, side)
    return bytes(image)


def webp_header(side: int) -> bytes:
    """An animated WebP, whose canvas may be larger than its frames."""
    image = bytearray(encoded(0, "WEBP", save_all=True, append_images=[photograph(0).rotate(9)]))
    canvas = image.index(b"VP8X") + 12
    image[canvas:canvas + 6] = struct.pack("<I", side - 1)[:3] * 2
    return bytes(image)


def gif_header(side: int) -> bytes:
    image = bytearray(encoded(0, "GIF"))
    image[6:10] = struct.pack("<HH", side, side)
    frame = image.index(b"\x2c", 13 + 3 * 256)
    image[frame + 5:frame + 9] = struct.pack("<HH", side, side)
    return bytes(image)


def bmp_header(side: int) -> bytes:
    image = bytearray(encoded(0, "BMP"))
    image[18:26] = struct.pack("<ii", side, side)
    return bytes(image)


ENORMOUS = {"jpg": jpeg_header, "png": png_header, "webp": webp_header, "gif": gif_header, "bmp": bmp_header}
STRANGE_NAMES = {
    "spaces": b"two  words .jpg",
    "quotes": b"it's a \"fruit\" `x` $HOME.jpg",
    "newline": b"first line\nsecond line.jpg",
    "tab and bell": b"a\tb\x07.jpg",
    "leading dash": b"--help.jpg",
    "beyond ASCII": "Früchte 水果 🍎.jpg".encode(),
    "percent and backslash": b"100%s\\n.jpg",
    "glob": b"[a-z]*?{x}.jpg",
    "comma and semicolon": b"a,b;c.jpg",
    "not UTF-8": b"caf\xe9 \xff\xfe.jpg",
    "an escape that is none": b"\\xe9.jpg",
    "upper case": b"SHOUTED.JPEG",
    "the longest": b"n" * 251 + b".jpg",
}


def is_good(results: Path, path: str) -> bool:
    row = rows(results).loc[path]
    assert (row["features"] is None) == isinstance(row["error"], str)
    return row["features"] is not None


def name_of(text: str) -> bytes:
    """The name behind a path column's text, as docs/formats.md describes it."""
    if "\\x" not in text:
        return text.encode()
    name, at = b"", 0
    while at < len(text):
        if text.startswith("\\\\", at):
            name, at = name + b"\\", at + 2
        elif text.startswith("\\x", at):
            name, at = name + bytes([int(text[at + 2:at + 4], 16)]), at + 4
        else:
            name, at = name + text[at].encode(), at + 1
    return name


@pytest.fixture(scope="module")
def heap(tmp_path_factory) -> Path:
    """Good images, and everything else that may come along."""
    folder = paint(tmp_path_factory.mktemp("heap") / "heap", 4)
    whole = encoded(7)
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("not an image at all\n" * 30)
    (folder / "empty.jpg").touch()
    (folder / "really_png.jpg").write_bytes(encoded(5, "PNG"))
    for ending, header in ENORMOUS.items():
        (folder / f"enormous.{ending}").write_bytes(header(SIDE))
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "inside.jpg").write_bytes(encoded(8))
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket.jpg"))  # A socket's whole path may be too long.
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "itself.jpg").symlink_to("itself.jpg")
    (folder / "link.jpg").symlink_to("apple/apple_0000.jpg")
    (folder / "apple" / "upwards").symlink_to("..")
    (folder / ".hidden.jpg").write_bytes(encoded(9))
    (folder / ".thumbnails").mkdir()
    (folder / ".thumbnails" / "small.jpg").write_bytes(encoded(9))
    (folder / "notes.txt").write_text("no image, and it does not say that it is one")
    (folder / "strange").mkdir()
    for name in STRANGE_NAMES.values():
        Path(os.fsdecode(os.fsencode(folder / "strange") + b"/" + name)).write_bytes(encoded(10))
    return folder


@pytest.fixture(scope="module")
def results(coulis, heap, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("of-the-heap") / "results"
    coulis("run", heap, "--out", folder, "--max-bad", 1, *QUICK)
    return folder


def test_a_run_over_everything_gives_valid_results(coulis, results):
    coulis("validate", results)


def test_good_images_beside_bad_ones_are_embedded(results):
    good = rows(results)["features"].notna()
    assert set(good.index[good]) >= {f"{label}/{label}_{number:04d}.jpg" for number, label in
                                     enumerate(("apple", "banana", "kiwi", "plum"))}


def test_counts_in_run_json_are_those_of_the_rows(results):
    counts, table = record(results)["counts"], rows(results)
    assert counts["images"] == len(table)
    assert counts["bad"] == table["error"].notna().sum()
    assert counts["ignored"] == 3  # .hidden.jpg, .thumbnails and notes.txt


def test_truncated_jpeg_is_a_bad_row_with_the_byte_count(heap, results):
    with pytest.raises(OSError) as pillow:
        Image.open(heap / "truncated.jpg").convert("RGB")
    assert error_of(results, "truncated.jpg") == str(pillow.value)
    assert "bytes not processed" in str(pillow.value)


def test_text_named_jpg_is_a_bad_row(results):
    assert "not an image" in error_of(results, "text.jpg")


def test_file_of_zero_bytes_is_a_bad_row(results):
    assert "empty" in error_of(results, "empty.jpg")


@pytest.mark.parametrize("ending", ENORMOUS)
def test_header_of_60000_x_60000_is_a_bad_row_that_names_the_limit(results, ending):
    error = error_of(results, f"enormous.{ending}")
    assert "60000 x 60000" in error and "--max-pixels" in error


def test_png_named_jpg_is_told_by_its_content(results):
    assert is_good(results, "really_png.jpg")


def test_folder_named_jpg_is_searched_and_is_no_row(results):
    table = rows(results)
    assert "folder.jpg" not in table.index
    assert is_good(results, "folder.jpg/inside.jpg")
    assert table.loc["folder.jpg/inside.jpg", "label"] == "folder.jpg"


@pytest.mark.parametrize("name", ["pipe.jpg", "socket.jpg"])
def test_pipe_or_socket_named_jpg_is_a_bad_row_and_blocks_nothing(results, name):
    error_of(results, name)


def test_dangling_link_is_a_bad_row(results):
    assert "No such file" in error_of(results, "dangling.jpg")


def test_link_to_itself_is_a_bad_row(results):
    assert "symbolic links" in error_of(results, "itself.jpg")


def test_link_to_an_image_is_embedded_like_it(results):
    table = rows(results)
    linked, target = table.loc["link.jpg", "features"], table.loc["apple/apple_0000.jpg", "features"]
    assert linked.tobytes() == target.tobytes()


def test_link_that_leads_upwards_is_not_followed_for_ever(results):
    assert not [path for path in rows(results).index if "upwards" in path]


def test_hidden_files_and_folders_are_passed_over(results):
    assert not [path for path in rows(results).index if path.startswith(".")]


@pytest.mark.parametrize("kind", STRANGE_NAMES)
def test_strange_name_is_a_row_from_whose_path_the_file_is_found(heap, results, kind):
    name = b"strange/" + STRANGE_NAMES[kind]
    paths = [path for path in rows(results).index if name_of(path) == name]
    assert len(paths) == 1
    assert is_good(results, paths[0])
    assert os.path.exists(os.fsencode(heap) + b"/" + name_of(paths[0]))


def test_well_formed_name_stands_in_the_path_as_it_is(results):
    paths = rows(results).index
    for name in STRANGE_NAMES.values():
        if name != STRANGE_NAMES["not UTF-8"] and b"\\x" not in name:
            assert "strange/" + name.decode() in paths


def test_summary_shows_some_bad_images_each_on_a_line(coulis, heap, tmp_path):
    outcome = coulis("embed", heap, "--out", tmp_path / "results", "--max-bad", 1, *QUICK)
    assert " bad" in outcome.out.splitlines()[0]
    assert any(": " in line and line.startswith("  ") for line in outcome.out.splitlines()[1:4])


def test_name_with_a_newline_does_not_break_a_line_of_the_summary(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one\ntwo.jpg").touch()
    (tmp_path / "photos" / "good.jpg").write_bytes(encoded(0))
    outcome = coulis("embed", tmp_path / "photos", "--out", tmp_path / "results", "--max-bad", 1, *QUICK)
    assert any(line.strip().startswith("one\\ntwo.jpg: ") for line in outcome.out.splitlines())


def test_unreadable_file_is_a_bad_row(obedient, tmp_path):
    folder = paint(tmp_path / "photos", 3)
    (folder / "locked.jpg").write_bytes(encoded(4))
    (folder / "locked.jpg").chmod(0o000)
    obedient("embed", folder, "--out", tmp_path / "results", "--max-bad", 1, *QUICK)
    assert "Permission denied" in error_of(tmp_path / "results", "locked.jpg")
    assert record(tmp_path / "results")["counts"]["bad"] == 1


def test_unreadable_folder_is_a_bad_row_with_a_slash_at_its_end(obedient, tmp_path):
    folder = paint(tmp_path / "photos", 4)
    (folder / "kiwi").chmod(0o000)
    obedient("embed", folder, "--out", tmp_path / "results", "--max-bad", 1, *QUICK)
    (folder / "kiwi").chmod(0o700)
    assert "Permission denied" in error_of(tmp_path / "results", "kiwi/")
    assert record(tmp_path / "results")["counts"] == {"images": 4, "bad": 1, "ignored": 0, "forgotten": 0}


def test_unreadable_input_folder_ends_in_an_error(obedient, photos, tmp_path):
    folder = Path(shutil.copytree(photos, tmp_path / "photos"))
    folder.chmod(0o000)
    message = obedient.fails(1, "run", folder, "--out", tmp_path / "results", *QUICK)
    folder.chmod(0o700)
    assert "Permission denied" in message and "photos" in message


def test_empty_folder_is_an_error_that_says_what_was_looked_for(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "notes.txt").touch()
    message = coulis.fails(1, "run", tmp_path / "photos", "--out", tmp_path / "results", *QUICK)
    assert "no images found" in message and "*.jpg" in message and "1 other file" in message
    assert not (tmp_path / "results").exists()


def test_missing_folder_is_an_error_that_names_it(coulis, tmp_path):
    message = coulis.fails(1, "run", tmp_path / "photoz", "--out", tmp_path / "results", *QUICK)
    assert "photoz" in message and "No such file" in message
    assert not (tmp_path / "results").exists()


def test_folder_of_bad_images_alone_gives_rows_and_exit_3(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(3):
        (tmp_path / "photos" / f"{number}.jpg").write_text("text")
    outcome = coulis.try_("run", tmp_path / "photos", "--out", tmp_path / "results", *QUICK)
    assert outcome.code == 3
    assert len(rows(tmp_path / "results")) == record(tmp_path / "results")["counts"]["bad"] == 3
    assert record(tmp_path / "results")["pca"] is None
    assert any("no PCA" in line for line in outcome.messages)
    coulis("validate", tmp_path / "results")


def test_files_that_a_limit_excludes_are_bad_rows(coulis, photos, tmp_path):
    assert coulis.try_("embed", photos, "--out", tmp_path / "pixels", "--max-pixels", 1, *QUICK).code == 3
    assert all("--max-pixels" in error for error in rows(tmp_path / "pixels")["error"])
    assert coulis.try_("embed", photos, "--out", tmp_path / "bytes", "--max-bytes", "100", *QUICK).code == 3
    assert all("--max-bytes" in error for error in rows(tmp_path / "bytes")["error"])
