"""`coulis pack`: the packed set gives the rows that its input gives, and is whole or says that it is not."""

import fcntl
import io
import json
import os
import tarfile

import pyarrow.parquet as parquet
import pytest
from command import QUICK, ended
from containers import archive, daft, files, hugging_face, ray_data
from photographs import encoded, paint
from results import assert_same_features, rows

FORMATS = ("tar", "parquet")


def embed(coulis, out, *inputs):
    coulis("embed", *inputs, "--out", out, *QUICK)
    return out


def record(packed) -> dict:
    return json.loads((packed / "pack.json").read_text(encoding="utf-8"))


def shards(packed) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(packed.glob("shard-*"))}


@pytest.fixture(scope="module")
def plain(coulis, photos, tmp_path_factory):
    """Features of `photos`. To read only."""
    return embed(coulis, tmp_path_factory.mktemp("plain") / "results", photos)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", ["1GB", "20KB", "1"])
def test_a_packed_set_gives_the_rows_of_its_input(coulis, photos, plain, tmp_path, form, size):
    packed = tmp_path / "packed"
    coulis("pack", photos, "--out", packed, "--format", form, "--shard-size", size)
    assert_same_features(plain, embed(coulis, tmp_path / "out", packed))
    about = record(packed)
    assert about["counts"] == {"images": 24, "bytes": sum(map(len, files(photos).values())), "unread": 0}
    assert [shard["file"] for shard in about["shards"]] == list(shards(packed))
    assert len(about["shards"]) == {"1GB": 1, "1": 24}.get(size, len(about["shards"])) and not (packed / ".packing").exists()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("write", [hugging_face, ray_data, daft])
def test_packing_what_others_wrote_keeps_their_rows(coulis, photos, tmp_path, form, write):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "part.parquet", files(photos))
    coulis("pack", folder, "--out", tmp_path / "packed", "--format", form)
    assert_same_features(embed(coulis, tmp_path / "1", folder), embed(coulis, tmp_path / "2", tmp_path / "packed"))


@pytest.mark.parametrize("form", FORMATS)
def test_labels_that_are_no_folders_and_odd_names_are_kept(coulis, tmp_path, form):
    folder = tmp_path / "in"
    names = [b"a.jpg", b"a.png", "größe/é.v1.jpg".encode(), b"\xff\xfe.jpg", b"deep/" * 30 + b"x.jpg", b"k/a.left.jpg",
             b"k/a.right.jpg"]
    for number, name in enumerate(names):
        file = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as written:
            written.write(encoded(number, "PNG" if name.endswith(b"png") else "JPEG"))
    (tmp_path / "list.csv").write_bytes(b"path,label\n" + b"".join(
        name + b"," + (b"" if number % 3 == 0 else b"own %d" % number) + b"\n" for number, name in enumerate(names)))
    for number, inputs in enumerate([(folder,), (folder, "--files", tmp_path / "list.csv"),
                                     (folder / "größe", folder / "k", folder / "a.jpg")]):
        packed = tmp_path / f"packed {number}"
        coulis("pack", *inputs, "--out", packed, "--format", form)
        assert_same_features(embed(coulis, tmp_path / f"1 {number}", *inputs), embed(coulis, tmp_path / f"2 {number}", packed))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_input_gives_the_same_bytes(coulis, photos, tmp_path, form):
    options = ("--format", form, "--shard-size", "30KB")
    coulis("pack", photos, "--out", tmp_path / "1", *options, "--io-threads", 1)
    again = paint(tmp_path / "again", 24)
    coulis("pack", again, "--out", tmp_path / "2", *options, "--io-threads", 7)
    assert shards(tmp_path / "1") == shards(tmp_path / "2") and len(shards(tmp_path / "1")) > 1


def test_others_can_read_the_shards(coulis, photos, tmp_path):
    coulis("pack", photos, "--out", tmp_path / "tar")
    with tarfile.open(tmp_path / "tar" / "shard-00000.tar") as read:
        assert {info.name: read.extractfile(info).read() for info in read} == files(photos)
    coulis("pack", photos, "--out", tmp_path / "parquet", "--format", "parquet")
    table = parquet.read_table(tmp_path / "parquet" / "shard-00000.parquet")
    assert dict(zip(table["path"].to_pylist(), table["image"].to_pylist())) == files(photos)
    assert table["label"].to_pylist() == [path.split("/")[0] for path in files(photos)]


def test_what_cannot_be_read_is_listed_and_counted(coulis, tmp_path):
    folder = paint(tmp_path / "in", 3)
    (folder / "missing.jpg").symlink_to("nowhere")
    (folder / "large.jpg").write_bytes(b"x" * 20_000)
    (folder / "none.jpg").write_bytes(b"no image, but bytes")
    packed = tmp_path / "packed"
    outcome = coulis.try_("pack", folder, "--out", packed, "--max-bytes", 19_000)
    assert outcome.code == 3 and "33.3 % of the images" in outcome.err, outcome
    about = record(packed)
    assert about["counts"]["images"] == 4 and about["counts"]["unread"] == 2
    assert {bad["path"] for bad in about["unread"]} == {"missing.jpg", "large.jpg"}
    assert "No such file" in outcome.out and "--max-bytes" in outcome.out
    coulis("pack", folder, "--out", packed, "--overwrite", "--max-bytes", 19_000, "--max-bad", 0.4)


def test_a_folder_that_is_not_empty_is_refused(coulis, photos, tmp_path):
    packed = tmp_path / "packed"
    coulis("pack", photos, "--out", packed)
    assert "--overwrite packs anew" in coulis.fails(2, "pack", photos, "--out", packed)
    assert "--overwrite packs anew" in coulis.fails(2, "pack", photos, "--out", packed, "--resume")
    coulis("pack", photos, "--out", packed, "--overwrite", "--format", "parquet")
    assert list(shards(packed)) == ["shard-00000.parquet"]
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "file").touch()
    for flag in ((), ("--resume",), ("--overwrite",)):
        assert "holds no packed set" in coulis.fails(2, "pack", photos, "--out", tmp_path / "foreign", *flag)
    assert "inside" in coulis.fails(2, "pack", photos, "--out", photos / "packed")
    assert not (photos / "packed").exists()


def test_nothing_to_pack_leaves_nothing(coulis, tmp_path):
    (tmp_path / "in").mkdir()
    assert "no images found" in coulis.fails(1, "pack", tmp_path / "in", "--out", tmp_path / "packed")
    assert not (tmp_path / "packed").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_killed_run_resumes_as_if_nothing_had_been(coulis, tmp_path, form):
    folder = tmp_path / "in"
    content = encoded(1)
    for number in range(3000):
        file = folder / f"{number % 30}" / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    options = ("--format", form, "--shard-size", "200KB")
    packed = tmp_path / "packed"
    with coulis.started("pack", folder, "--out", packed, *options) as process:
        while len(list(packed.glob("shard-*"))) < 3:
            assert process.poll() is None, ended(process)
        process.kill()
    assert not (packed / "pack.json").exists()
    assert "--resume continues it" in coulis.fails(2, "pack", folder, "--out", packed, *options)
    assert "--shard-size" in coulis.fails(2, "pack", folder, "--out", packed, "--resume", "--format", form)
    coulis("pack", folder, "--out", packed, *options, "--resume")
    coulis("pack", folder, "--out", tmp_path / "whole", *options)
    assert shards(packed) == shards(tmp_path / "whole")
    assert record(packed)["counts"] == record(tmp_path / "whole")["counts"]


def test_two_runs_into_one_folder_are_refused(coulis, photos, tmp_path):
    packed = tmp_path / "packed"
    (packed / ".packing").mkdir(parents=True)
    folder = os.open(packed, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as a run at work holds it
    assert "another run is at work" in coulis.fails(1, "pack", photos, "--out", packed, "--resume")
    os.close(folder)
    coulis("pack", photos, "--out", packed, "--resume")


def test_packing_packed_shards_again_changes_nothing_but_their_sizes(coulis, photos, plain, tmp_path):
    coulis("pack", photos, "--out", tmp_path / "1")
    coulis("pack", tmp_path / "1", "--out", tmp_path / "2", "--format", "parquet", "--shard-size", "20KB")
    coulis("pack", tmp_path / "2", "--out", tmp_path / "3")
    assert shards(tmp_path / "1") == shards(tmp_path / "3")
    assert_same_features(plain, embed(coulis, tmp_path / "out", tmp_path / "2"))


def test_webdataset_shards_keep_their_classes(coulis, tmp_path):
    samples = {}
    for number in range(6):
        samples |= {f"{number}.cls": str(number % 2).encode(), f"{number}.jpg": encoded(number)}
    shard = archive(tmp_path / "in.tar", samples)
    coulis("pack", shard, "--out", tmp_path / "packed")
    assert_same_features(embed(coulis, tmp_path / "1", shard), embed(coulis, tmp_path / "2", tmp_path / "packed"))
    assert list(rows(tmp_path / "2")["label"]) == ["0", "1"] * 3
    with tarfile.open(fileobj=io.BytesIO(shards(tmp_path / "packed")["shard-00000.tar"])) as read:
        assert [info.name for info in read] == list(samples)
