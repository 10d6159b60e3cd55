"""Containers of images and lists of files as INPUT: the same rows as from the files themselves."""

import gzip
import json
import os
import struct
import tarfile
import zlib

import pyarrow
import pyarrow.csv
import pyarrow.parquet as parquet
import pytest
from command import QUICK, ended
from containers import FORMS, archive, daft, files, hugging_face, parquet_bomb, ray_data
from photographs import encoded, paint
from results import assert_same_features, error_of, record, rows


def embed(coulis, out, *inputs, code=0, **popen):
    outcome = coulis.try_("embed", *inputs, "--out", out, *QUICK, **popen)
    assert outcome.code == code, outcome
    return out


def labels(results) -> dict:
    return rows(results)["label"].to_dict()


@pytest.fixture(scope="module")
def members(photos) -> dict[str, bytes]:
    return files(photos)


@pytest.fixture(scope="module")
def plain(coulis, photos, tmp_path_factory):
    """Features of `photos`, file by file. To read only."""
    return embed(coulis, tmp_path_factory.mktemp("plain") / "results", photos)


def with_prefix(results, prefix: str) -> dict[str, bytes]:
    """path → features, paths below a prefix."""
    frame = rows(results)
    assert all(path.startswith(prefix) for path in frame.index), list(frame.index)
    return {path.removeprefix(prefix): row["features"].tobytes() for path, row in frame.iterrows()}


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_gives_the_rows_of_its_folder(coulis, plain, members, tmp_path, form):
    file = archive(tmp_path / f"photos.{form}", members)
    assert_same_features(plain, embed(coulis, tmp_path / "out", file))


def test_tgz_and_names_that_lie_are_told_by_content(coulis, plain, members, tmp_path):
    made = archive(tmp_path / "photos.tgz", members)
    assert_same_features(plain, embed(coulis, tmp_path / "1", made))
    assert_same_features(plain, embed(coulis, tmp_path / "2", made.rename(tmp_path / "photos.zip")))
    assert_same_features(plain, embed(coulis, tmp_path / "3", (tmp_path / "photos.zip").rename(tmp_path / "photos")))


def test_containers_in_folders_are_prefixes_and_stand_beside_images(coulis, plain, members, tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    archive(folder / "deep" / "a.tar", members)
    archive(folder / "b.zip", {"one.jpg": encoded(1)})
    (folder / "two.jpg").write_bytes(encoded(2))
    (folder / "notes.json").write_text("{}")
    out = embed(coulis, tmp_path / "out", folder)
    got = {path: row["features"].tobytes() for path, row in rows(out).iterrows()}
    expected = {f"deep/a.tar/{path}": value for path, value in with_prefix(plain, "").items()}
    assert {path: value for path, value in got.items() if path.startswith("deep/")} == expected
    assert set(got) - set(expected) == {"b.zip/one.jpg", "two.jpg"}
    assert labels(out)["b.zip/one.jpg"] == "b" and labels(out)["two.jpg"] == "in"
    assert record(out)["counts"]["ignored"] == 1


def test_several_containers_give_whole_paths(coulis, members, tmp_path):
    one, two = (archive(tmp_path / name, {"x/1.jpg": encoded(1)}) for name in ("one.tar", "two.tar"))
    out = embed(coulis, tmp_path / "out", one, two)
    assert list(rows(out).index) == [f"{one}/x/1.jpg", f"{two}/x/1.jpg"]


def test_webdataset_shards_give_their_classes(coulis, tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in range(2):
        samples = {}
        for number in range(4):
            key = f"{shard}{number:04d}"
            samples |= {f"{key}.cls": str(number).encode(), f"{key}.jpg": encoded(number),
                        f"{key}.json": json.dumps({"caption": "a fruit", "label": "not this"}).encode(),
                        f"{key}.txt": b"a fruit"}
        archive(folder / f"fruit-{shard:06d}.tar", samples)
    out = embed(coulis, tmp_path / "out", folder)
    assert labels(out) == {f"fruit-{s:06d}.tar/{s}{n:04d}.jpg": str(n) for s in range(2) for n in range(4)}


def test_hugging_face_parquet_gives_names_of_labels(coulis, plain, members, tmp_path):
    out = embed(coulis, tmp_path / "out", hugging_face(tmp_path / "train.parquet", members))
    expected = {f"{number}/{path.rsplit('/', 1)[1]}": value
                for number, (path, value) in enumerate(with_prefix(plain, "").items())}
    assert with_prefix(out, "") == expected
    assert [label for _, label in sorted(labels(out).items(), key=lambda row: int(row[0].split("/")[0]))] \
        == [path.split("/")[0] for path in members]


@pytest.mark.parametrize("write", [ray_data, daft])
def test_parquet_of_ray_and_daft_keeps_its_paths(coulis, plain, members, tmp_path, write):
    out = embed(coulis, tmp_path / "out", write(tmp_path / "part.parquet", members))
    assert_same_features(plain, out)


def test_whole_paths_in_parquet_are_kept_in_folders_too(coulis, plain, members, tmp_path):
    folder = tmp_path / "written"
    folder.mkdir()
    half = len(members) // 2
    ray_data(folder / "0.parquet", dict(list(members.items())[:half]), root="s3://bucket/photos/")
    daft(folder / "1.parquet", dict(list(members.items())[half:]), root="s3://bucket/photos/")
    assert with_prefix(embed(coulis, tmp_path / "out", folder), "s3://bucket/photos/") == with_prefix(plain, "")


def test_the_column_of_images_is_chosen_or_asked_for(coulis, tmp_path):
    table = pyarrow.table({"small": [encoded(1)], "large": [encoded(2)], "path": ["1.jpg"]})
    file = tmp_path / "two.parquet"
    parquet.write_table(table, file)
    out = embed(coulis, tmp_path / "1", file, code=3)
    assert error_of(out, "two.parquet/") == \
        "several columns of bytes: name that of the images with --image-column: small, large"
    out = embed(coulis, tmp_path / "2", file, "--image-column", "large")
    (tmp_path / "1.jpg").write_bytes(encoded(2))
    assert rows(out)["features"].iloc[0].tobytes() == \
        rows(embed(coulis, tmp_path / "3", tmp_path / "1.jpg"))["features"].iloc[0].tobytes()
    out = embed(coulis, tmp_path / "4", file, "--image-column", "medium", code=3)
    assert "no column \"medium\" of bytes" in error_of(out, "two.parquet/")
    parquet.write_table(table.rename_columns(["image", "thumbnail", "path"]), file)
    embed(coulis, tmp_path / "5", file)


def test_parquet_without_images_is_passed_over_in_folders_only(coulis, photos, tmp_path):
    folder = paint(tmp_path / "in", 2)
    parquet.write_table(pyarrow.table({"x": [1]}), folder / "numbers.parquet")
    assert record(embed(coulis, tmp_path / "1", folder))["counts"] == {"images": 2, "bad": 0, "ignored": 1, "forgotten": 0}
    out = embed(coulis, tmp_path / "2", folder / "numbers.parquet", code=3)
    assert "without a column of bytes" in error_of(out, "numbers.parquet/")


def test_rows_of_parquet_that_cannot_be_used_are_bad_rows(coulis, tmp_path):
    file = tmp_path / "in.parquet"
    parquet.write_table(pyarrow.table({"image": [encoded(1), None, b"no image", encoded(2)],
                                       "path": ["1.jpg", "2.jpg", "3.jpg", "1.jpg"]}), file)
    out = embed(coulis, tmp_path / "out", file, code=3)
    assert "holds no bytes" in error_of(out, "2.jpg")
    assert "not an image" in error_of(out, "3.jpg") or error_of(out, "3.jpg")
    assert "came before" in error_of(out, "1.jpg#2")
    assert rows(out).loc["1.jpg", "features"] is not None


def test_a_damaged_row_group_costs_no_other(coulis, members, tmp_path):
    file = hugging_face(tmp_path / "in.parquet", members)
    groups = parquet.ParquetFile(file).metadata
    column = groups.row_group(1).column(0)
    content = bytearray(file.read_bytes())
    begin = column.dictionary_page_offset or column.data_page_offset
    content[begin:begin + 40] = b"\xff" * 40
    file.write_bytes(content)
    out = embed(coulis, tmp_path / "out", file)
    frame = rows(out)
    assert "row groups 1 (from 0) of 5 cannot be read" in error_of(out, "in.parquet/")
    assert sorted(int(path.split("/")[0]) for path in frame.index[frame["error"].isna()]) == \
        [row for row in range(len(members)) if row // 5 != 1]


def test_cut_off_parquet_is_one_bad_row(coulis, members, tmp_path):
    file = hugging_face(tmp_path / "in.parquet", members)
    file.write_bytes(file.read_bytes()[:-100])
    assert "damaged or cut off" in error_of(embed(coulis, tmp_path / "out", file, code=3), "in.parquet/")


def test_a_bomb_of_gzip_is_bounded(coulis, tmp_path):
    """2 GB of zeros in a member, packed to 2 MB; then a good image."""
    file = tmp_path / "bomb.tar.gz"
    with gzip.open(file, "wb", compresslevel=1) as packed:
        packed.write(archive(tmp_path / "first.tar", {"1.jpg": encoded(1)}).read_bytes()[:-1024].rstrip(b"\0"))
        padding = -packed.tell() % 512
        packed.write(b"\0" * padding)
        info = tarfile.TarInfo("zeros.jpg")
        info.size = 2 << 30
        packed.write(info.tobuf())
        for _ in range(2 << 10):
            packed.write(b"\0" * (1 << 20))
        packed.write(b"\0" * 1024)
    out = embed(coulis, tmp_path / "out", file, code=3)
    assert "decompression bombs" in error_of(out, "bomb.tar.gz/")
    assert rows(out).loc["1.jpg", "features"] is not None


def zeros_in_zip(file, name: str, count: int, first: bytes) -> None:
    """A zip as it is written to a pipe, sizes after the content: an image, then `count` times 16 MB of zeros."""
    def member(member_name: str, deflated: bytes, crc: int, size: int) -> bytes:
        head = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 8, 8, 0, 0x21, 0, 0, 0, len(member_name), 0)
        return head + member_name.encode() + deflated + struct.pack("<IIII", 0x08074B50, crc, len(deflated), size)

    def deflate(content: bytes, flush: int) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush(flush)

    zeros = deflate(bytes(1 << 24), zlib.Z_FULL_FLUSH) * count + deflate(b"", zlib.Z_FINISH)
    file.write_bytes(member("1.jpg", deflate(first, zlib.Z_FINISH), zlib.crc32(first), len(first))
                     + member(name, zeros, 0, 0))


def test_a_bomb_in_a_zip_is_bounded(coulis, tmp_path):
    """3 GB of zeros in a member of 3 MB whose size stands behind it."""
    file = tmp_path / "bomb.zip"
    zeros_in_zip(file, "zeros.jpg", 192, encoded(1))
    assert file.stat().st_size < 4 << 20
    out = embed(coulis, tmp_path / "out", file, code=3)
    assert "more than the 268435456 allowed (--max-bytes)" in error_of(out, "zeros.jpg")
    assert "decompression bombs" in error_of(out, "bomb.zip/")
    assert rows(out).loc["1.jpg", "features"] is not None


def test_a_page_of_parquet_that_expands_without_end_is_bounded(coulis, members, tmp_path):
    out = embed(coulis, tmp_path / "out", parquet_bomb(tmp_path / "bomb.parquet", members), "--max-bad", 0.5)
    assert "row groups 0 (from 0) of 2 cannot be read" in error_of(out, "bomb.parquet/")
    assert set(rows(out).index) == {*members, "bomb.parquet/"}


def test_limit_counts_members(coulis, members, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.tar", "b.zip"):
        archive(folder / name, members)
    assert record(embed(coulis, tmp_path / "out", folder, "--limit", 7))["counts"]["images"] == 7


def test_glob_chooses_members_and_containers(coulis, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("train-0.tar", "train-1.tar", "test-0.tar"):
        archive(folder / name, {"1.jpg": encoded(1), "2.png": encoded(2, "PNG")})
    (folder / "3.png").write_bytes(encoded(3, "PNG"))
    out = embed(coulis, tmp_path / "1", folder, "--glob", "*.png")
    assert set(rows(out).index) == {"3.png", *(f"{name}.tar/2.png" for name in ("train-0", "train-1", "test-0"))}
    out = embed(coulis, tmp_path / "2", folder, "--glob", "train-*.tar")
    assert set(rows(out).index) == {f"train-{n}.tar/{name}" for n in range(2) for name in ("1.jpg", "2.png")}
    out = embed(coulis, tmp_path / "3", folder, "--glob", "train-*.tar", "--glob", "*.jpg")
    assert set(rows(out).index) == {f"train-{n}.tar/1.jpg" for n in range(2)}


def test_resume_does_not_repeat_members_nor_what_is_wrong_with_containers(coulis, members, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    whole = archive(folder / "a.tar", members).read_bytes()
    (folder / "cut.tar").write_bytes(whole[:len(whole) // 2])
    out = embed(coulis, tmp_path / "out", folder, "--limit", 9)
    out = embed(coulis, out, folder, "--resume")
    expected = embed(coulis, tmp_path / "expected", folder)
    assert_same_features(out, expected)
    embed(coulis, out, folder, "--resume")
    assert_same_features(out, expected)
    coulis("validate", out)


def test_a_killed_run_over_a_container_resumes(coulis, tmp_path):
    file = archive(tmp_path / "in.tar", {f"{n % 4}/{n}.jpg": encoded(n % 24) for n in range(3000)})
    out = tmp_path / "out"
    with coulis.started("embed", file, "--out", out, *QUICK, "--rows-per-part", 100) as process:
        while not list(out.glob(".incomplete/features/part-*.parquet")):
            assert process.poll() is None, ended(process)
        process.kill()
    assert_same_features(embed(coulis, out, file, "--resume"), embed(coulis, tmp_path / "whole", file))


def test_progress_counts_members(coulis, members, tmp_path):
    file = archive(tmp_path / "in.tar", members)
    outcome = coulis.try_("embed", file, "--out", tmp_path / "out", *QUICK, "--progress", "json")
    last = json.loads(outcome.err.splitlines()[-1])
    assert last["done"] == last["total"] == len(members)


def test_bench_measures_members(coulis, members, tmp_path):
    file = archive(tmp_path / "in.tar", members)
    coulis("bench", file, "--rounds", 1, "--images", 10, *QUICK)


def test_report_measures_members(coulis, members, tmp_path):
    file = archive(tmp_path / "in.tar", members)
    report = json.loads(coulis("models", "report", "mobilenet_v2", "--precision", "bf16", "--data", file,
                               "--images", 12, "--json", "--quiet").out)
    assert report["images"] == 12 and report["labels"] == 4


# Lists of files


def listing(folder, photos, form: str) -> str:
    """A list of some photographs with labels of its own, where the form has labels."""
    paths = sorted(files(photos))[:6]
    own = [f"kind {number % 2}" for number in range(6)]
    file = folder / f"list.{form}"
    table = pyarrow.table({"label": own, "path": paths})
    if form == "txt":
        file.write_text("\n".join(paths) + "\n")
    elif form == "csv":
        pyarrow.csv.write_csv(table, file)
    else:
        parquet.write_table(table, file)
    return file


@pytest.mark.parametrize("form", ["txt", "csv", "parquet"])
def test_a_list_gives_its_files(coulis, plain, photos, tmp_path, form):
    out = embed(coulis, tmp_path / "out", photos, "--files", listing(tmp_path, photos, form))
    expected = rows(plain).iloc[:6]
    assert list(rows(out).index) == list(expected.index)
    assert [value.tobytes() for value in rows(out)["features"]] == [value.tobytes() for value in expected["features"]]
    assert list(rows(out)["label"]) == (list(expected["label"]) if form == "txt" else ["kind 0", "kind 1"] * 3)
    assert record(out)["options"]["manifest"] == str(tmp_path / f"list.{form}")


def test_paths_of_a_list_are_below_its_folder(coulis, photos, tmp_path):
    folder = paint(tmp_path / "in", 3)
    names = sorted(files(folder))
    list_of_files = folder / "list.txt"
    list_of_files.write_text(f"{names[0]}\r\n\n{folder / names[1]}\nmissing.jpg\n../in/{names[2]}\n")
    out = embed(coulis, tmp_path / "out", "--files", list_of_files, code=3, cwd="/")
    assert set(rows(out).index) == {names[0], str(folder / names[1]), "missing.jpg", f"../in/{names[2]}"}
    assert "No such file" in error_of(out, "missing.jpg")


def test_a_list_may_come_from_standard_input(coulis, plain, photos, tmp_path):
    with open(listing(tmp_path, photos, "csv"), "rb") as text, \
            coulis.started("embed", "--files", "-", "--out", tmp_path / "out", *QUICK, cwd=photos, stdin=text) as run:
        outcome = ended(run)
    assert outcome.code == 0, outcome
    assert list(labels(tmp_path / "out").values()) == ["kind 0", "kind 1"] * 3


def test_a_list_may_name_containers_and_files_of_any_name(coulis, members, tmp_path):
    archive(tmp_path / "a.tar", {"x/1.jpg": encoded(1)})
    archive(tmp_path / "b.zip", {"x/1.jpg": encoded(1)})
    (tmp_path / "noextension").write_bytes(encoded(2))
    (tmp_path / "a, b.jpg").write_bytes(encoded(3))
    (tmp_path / "list.csv").write_text('path,label\na.tar,\nb.zip,mine\nnoextension,\n"a, b.jpg",\n')
    out = embed(coulis, tmp_path / "out", "--files", tmp_path / "list.csv")
    assert labels(out) == {"a.tar/x/1.jpg": "x", "b.zip/x/1.jpg": "mine", "noextension": tmp_path.name,
                           "a, b.jpg": tmp_path.name}


def test_names_in_a_list_need_not_be_utf8(coulis, tmp_path):
    with open(os.fsencode(tmp_path) + b"/\xff.jpg", "wb") as file:
        file.write(encoded(1))
    (tmp_path / "list.txt").write_bytes(b"\xff.jpg\n")
    assert list(rows(embed(coulis, tmp_path / "out", "--files", tmp_path / "list.txt")).index) == [r"\xff.jpg"]


def test_what_is_wrong_with_lists_is_said(coulis, photos, tmp_path):
    out = ("--out", tmp_path / "out")
    assert "name INPUT, or a list with --files" in coulis.fails(2, "embed", *out)
    assert "No such file" in coulis.fails(1, "embed", "--files", tmp_path / "none.txt", *out)
    (tmp_path / "list.csv").write_text("file,label\n1.jpg,x\n")
    assert 'no column "path"' in coulis.fails(2, "embed", "--files", tmp_path / "list.csv", *out)
    (tmp_path / "list.txt").write_text("1.jpg\n")
    assert "one folder" in coulis.fails(2, "embed", photos, tmp_path, "--files", tmp_path / "list.txt", *out)
    (tmp_path / "empty.txt").write_text("")
    assert "no images found" in coulis.fails(1, "embed", "--files", tmp_path / "empty.txt", *out)


def test_a_list_that_is_damaged_says_so_in_a_row(coulis, photos, tmp_path):
    good = sorted(files(photos))[0]
    (tmp_path / "list.csv").write_text(f"path,label\n{good},x\n" + "too,many,fields\n")
    outcome = coulis.try_("embed", photos, "--files", tmp_path / "list.csv", "--out", tmp_path / "out", *QUICK)
    assert outcome.code == 1 and "manifest" in outcome.err or outcome.code == 3, outcome


def test_resume_with_another_list_is_refused(coulis, photos, tmp_path):
    one = listing(tmp_path, photos, "txt")
    out = embed(coulis, tmp_path / "out", photos, "--files", one)
    other = listing(tmp_path, photos, "csv")
    assert "--files" in coulis.fails(2, "embed", photos, "--files", other, "--out", out, "--resume", *QUICK)
    one.write_text(one.read_text() + sorted(files(photos))[10] + "\n")
    embed(coulis, out, photos, "--files", one, "--resume")
    assert len(rows(out)) == 7
