"""The job by spark-submit, on local[2]: the results of `coulis run`."""

import json
import shutil
import tarfile
from pathlib import Path

import containers
import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.parquet as parquet
import pytest
import results
from job import ManyRuns, SparkJob
from photographs import encoded, paint

SMALL = ("--model", "small", "--rows-per-part", 4, "--components", 3)


@pytest.fixture(scope="module")
def job(job, helpers, tmp_path_factory) -> SparkJob:
    runs = ManyRuns(job, helpers, tmp_path_factory.mktemp("runs") / "log")
    yield runs
    runs.stop()


def recorded(folder: Path) -> dict:
    """run.json without what may differ between engines."""
    record = results.record(folder)
    for name in ("created", "timing", "features", "bad_examples"):
        del record[name]
    del record["options"]["threads"]
    if record["pca"]:
        del record["pca"]["parts"]
        record["pca"]["explained_variance_ratio"] = pytest.approx(record["pca"]["explained_variance_ratio"])
    return record


def test_the_result_is_that_of_the_command(job, coulis, photos, models_folder, tmp_path):
    (photos / ".hidden.jpg").touch()
    local, spark = tmp_path / "local", tmp_path / "spark"
    said = coulis.try_("run", photos, "--out", local)
    assert said.code == 3
    done = job.having(COULIS_MODELS=models_folder).try_(photos, "--out", spark)
    assert done.code == 3 and done.messages == said.messages
    kinds = [line.split()[0] for line in said.out.splitlines() if line[0] != " "]
    assert [line.split()[0] for line in done.out.splitlines() if line[0] != " "] == kinds
    results.assert_same_results(local, spark, 1e-9)
    assert recorded(spark) == recorded(local)
    assert sorted(path.name for path in spark.iterdir()) == ["features", "pca", "pca_model", "run.json"]
    coulis("validate", spark)
    query = coulis("query", next(photos.glob("plum/*.jpg")), "--in", spark) if "query" in coulis("--help").out else None
    assert query is None or "plum" in query.out
    # What either made the other one takes.
    coulis("run", photos / "apple", "--out", tmp_path / "local-from", "--pca-from", spark)
    coulis("reduce", spark, "--components", 2)
    coulis("forget", results.rows(local, "pca").index[0], "--in", local)
    job.having(COULIS_MODELS=models_folder)(photos / "apple", "--out", tmp_path / "spark-from", "--pca-from", local)
    results.assert_same_features(tmp_path / "local-from", tmp_path / "spark-from")
    borrowed = results.record(tmp_path / "spark-from")["pca"]
    assert borrowed["fitted_on"] == str(local) and borrowed["forgotten"] == 1


def test_options_mean_what_they_mean_there(job, small, photos, tmp_path):
    odd = paint(tmp_path / "odd \\x", 3)
    (odd / "naïve #%20").mkdir()
    (odd / "naïve #%20" / "a:b é.jpg").write_bytes(encoded(5))
    (odd / "image.bin").write_bytes(encoded(6, "PNG"))
    (odd / "loop").symlink_to(odd)
    (odd / "nowhere.jpg").symlink_to(odd / "missing")
    exif = encoded(7, exif=bytes.fromhex("45786966000049492a0008000000010012010300010000000600000000000000"))
    (odd / "turned.jpg").write_bytes(exif)
    options = ("--layer", "relu", "--decode", "fast", "--label", "none", "--glob", "*.J[pP]G", "--glob", "*/image.*", "--glob",
               "image.?in", "--max-pixels", 9000, "--max-bytes", "5KB", "--exif-rotate", "--max-bad", 1, *SMALL)
    small("run", odd, photos, "--out", tmp_path / "local", *options)
    job(odd, photos, "--out", tmp_path / "spark", "--quiet", *options)
    results.assert_same_results(tmp_path / "local", tmp_path / "spark", 1e-9)
    assert recorded(tmp_path / "spark") == recorded(tmp_path / "local")


def test_a_run_goes_on_with_what_either_engine_left(job, small, tmp_path):
    folder = paint(tmp_path / "photos", 12)
    spark, local = tmp_path / "spark", tmp_path / "local"
    small("embed", folder, "--out", spark, "--model", "small", "--limit", 7, "--rows-per-part", 4)
    gone = results.rows(spark).index[0]
    small("forget", gone, "--in", spark)
    (folder / gone).unlink()
    before = {part.name: part.stat().st_ino for part in results.parts(spark)}
    paint(folder, 4, first=12)
    assert "holds results already" in job.fails(2, folder, "--out", spark, *SMALL)
    job(folder, "--out", spark, "--resume", *SMALL)
    small("run", folder, "--out", local, *SMALL)
    results.assert_same_results(local, spark, 1e-9)
    after = {part.name: part.stat().st_ino for part in results.parts(spark)}
    assert before.items() <= after.items() and results.record(spark)["counts"]["forgotten"] == 1
    small("validate", spark)
    small("run", paint(folder, 2, first=16), "--out", spark, "--resume", *SMALL)
    assert len(results.rows(spark)) == 17


def shift_moments(out: Path) -> None:
    """Wrong by 1 in all means: who believes them shows it."""
    file = out / "moments" / "moments.parquet"
    table = parquet.read_table(file)
    parquet.write_table(table.set_column(0, table.schema.field(0), [table["mean"].to_numpy() + 1]), file)


def test_stored_moments_are_taken_where_they_fit(job, small, photos, tmp_path):
    """Those of the command; what is added since is summed up besides, and a part that was changed makes them void."""
    folder = paint(tmp_path / "photos", 24)
    small("run", folder, "--out", tmp_path / "own", *SMALL)
    paint(folder, 4, first=24)
    small("run", folder, "--out", tmp_path / "local", *SMALL)
    shifted, other = (Path(shutil.copytree(tmp_path / "own", tmp_path / name)) for name in ("shifted", "other"))
    for out in (shifted, other):
        shift_moments(out)
    part = results.parts(other)[0]
    parquet.write_table(parquet.read_table(part), part, compression="none")
    truth = results.features(tmp_path / "local").astype(float).mean(axis=0)
    for out, mean in ((tmp_path / "own", truth), (shifted, truth + 24 / 28), (other, truth)):
        job(folder, "--out", out, "--resume", *SMALL)
        np.testing.assert_allclose(results.pca_model(out)[0], mean, rtol=1e-9, atol=1e-9)
    results.assert_same_results(tmp_path / "local", tmp_path / "own", 1e-9)
    metadata = parquet.read_schema(tmp_path / "own" / "moments" / "moments.parquet").metadata
    assert metadata[b"coulis.rows"] == b"28"
    small("reduce", tmp_path / "own", "--components", 2)


@pytest.mark.parametrize("form", ["lines", "csv", "parquet"])
def test_a_list_of_files_gives_the_rows_of_the_command(job, small, photos, tmp_path, form):
    folder = paint(tmp_path / "photos", 8)
    below = [path.relative_to(folder).as_posix() for path in sorted(folder.glob("*/*.jpg"))]
    paths = [*below, "./" + below[0], str(next(photos.glob("plum/*.jpg"))), "missing.jpg", "apple"]
    labels = [f"no, {i}" if i % 2 else None for i in range(len(paths))]
    given = (folder,) if form == "csv" else ()
    listed = (tmp_path if form == "csv" else folder) / {"lines": "list", "csv": "list.csv", "parquet": "list.parquet"}[form]
    if form == "parquet":
        parquet.write_table(pyarrow.table({"label": labels, "path": paths}), listed)
    elif form == "csv":
        rows = "".join(f'"{path}",7,"{label or ""}"\n' for path, label in zip(paths, labels, strict=True))
        listed.write_text("path,size,label\n" + rows)
    else:
        listed.write_text("\n".join(paths) + "\n")
    options = (*given, "--files", listed, "--max-bad", 1, *SMALL)
    small("run", *options, "--out", tmp_path / "local")
    job(*options, "--out", tmp_path / "spark")
    results.assert_same_results(tmp_path / "local", tmp_path / "spark", 1e-9)
    assert recorded(tmp_path / "spark") == recorded(tmp_path / "local")


def odd_members(photos: Path) -> dict[str, bytes]:
    """What a container may hold beside images in folders."""
    members = containers.files(photos / "apple")
    one, two, *_ = members.values()
    return members | {
        "a/0001.left.jpg": one, "a/0001.json": b'{"label": "of json"}', "a/0002.jpg": two, "a/0002.cls": b" 7\n", "a/0002.txt": b"no",
        "./naive \xe9/x.jpg": one, "../out.jpg": one, ".hidden/x.jpg": one, "inner.tar": b"x", "large.jpg": bytes(60000)}


def test_archives_give_the_rows_of_the_command(job, small, photos, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    for name in ("a.tar", "b.tar.gz", "c.zip", "d.tgz"):
        containers.archive(shards / name, odd_members(photos))
    with tarfile.open(shards / "links.tar", "w") as links:
        links.add(next(photos.glob("plum/*.jpg")), "first/one.jpg")
        links.add(next(photos.glob("plum/*.jpg")), "first/one.jpg")
        link = tarfile.TarInfo("second.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "first/one.jpg"
        links.addfile(link)
        long = tarfile.TarInfo("long/" * 30 + "none.jpg")
        links.addfile(long)
    (shards / "no.tar").write_bytes(b"x" * 2000)
    containers.archive(shards / "empty.zip", {})
    shutil.copytree(photos / "kiwi", shards / "loose")
    small("pack", photos, "--out", shards / "packed", "--shard-size", "20KB")
    options = ("--max-bytes", 50000, "--max-bad", 1, *SMALL)
    small("run", shards, "--out", tmp_path / "local", *options)
    job(shards, "--out", tmp_path / "spark", *options)
    results.assert_same_results(tmp_path / "local", tmp_path / "spark", 1e-9)
    assert recorded(tmp_path / "spark") == recorded(tmp_path / "local")


def test_an_archive_that_was_cut_off_goes_on_when_it_is_mended(job, small, photos, tmp_path):
    archive = containers.archive(tmp_path / "fruit.tar", containers.files(photos))
    whole = archive.read_bytes()
    archive.write_bytes(whole[:len(whole) // 2])
    for program, out in ((small, ("run", archive, "--out", tmp_path / "local")), (job, (archive, "--out", tmp_path / "spark"))):
        program(*out, "--max-bad", 1, *SMALL)
    of_local, of_spark = results.rows(tmp_path / "local"), results.rows(tmp_path / "spark")
    assert list(of_local.index) == list(of_spark.index) and "fruit.tar/" in of_local.index
    told = results.error_of(tmp_path / "local", "fruit.tar/").rsplit(": ", 1)[0]
    assert results.error_of(tmp_path / "spark", "fruit.tar/").startswith(told)
    archive.write_bytes(whole)
    job(archive, "--out", tmp_path / "spark", "--resume", "--max-bad", 1, *SMALL)
    small("run", archive, "--out", tmp_path / "mended", "--max-bad", 1, *SMALL)
    small("validate", tmp_path / "spark")
    results.assert_same_features(tmp_path / "mended", without(tmp_path / "spark", "fruit.tar/"))


def without(out: Path, path: str) -> Path:
    """The result with one bad row less."""
    for part in results.parts(out):
        table = parquet.read_table(part)
        parquet.write_table(table.filter(pyarrow.compute.not_equal(table["path"], path)), part)
    return out


def odd_tables(folder: Path, photos: Path) -> Path:
    """Parquet with images, whole and not, as whoever is known to write it does."""
    folder.mkdir()
    members = containers.files(photos)
    containers.hugging_face(folder / "train.parquet", members)
    containers.ray_data(folder / "ray.parquet", members, root="s3://bucket/ray/")
    containers.daft(folder / "daft.parquet", members, root="/daft/")
    parquet.write_table(pyarrow.table({"x": [1]}), folder / "numbers.parquet")
    parquet.write_table(pyarrow.table({"image": [encoded(1), None, b"no image", encoded(2), bytes(60000)], "label": [1, 2, None, 4, 5],
                                       "thumbnail": [b"x"] * 5, "path": ["1.jpg", "2.jpg", "3.jpg", "1.jpg", None]}),
                        folder / "bad.parquet")
    parquet.write_table(pyarrow.table({"small": [encoded(1)], "large": [encoded(2)]}), folder / "two.parquet")
    damaged = bytearray((folder / "train.parquet").read_bytes())
    column = parquet.ParquetFile(folder / "train.parquet").metadata.row_group(1).column(0)
    begin = column.dictionary_page_offset or column.data_page_offset
    damaged[begin:begin + 40] = b"\xff" * 40
    (folder / "damaged.parquet").write_bytes(damaged)
    (folder / "cut.parquet").write_bytes(damaged[:-100])
    (folder / "text.parquet").write_bytes(b"x" * 100)
    containers.hugging_face(folder / "tar.tar", members)
    containers.parquet_bomb(folder / "bomb.parquet", {f"after/{path}": content for path, content in members.items()})
    return folder


def test_parquet_gives_the_rows_of_the_command(job, small, photos, tmp_path):
    tables = odd_tables(tmp_path / "tables", photos)
    small("pack", photos, "--out", tables / "packed", "--format", "parquet", "--shard-size", "20KB")
    options = ("--max-bytes", 50000, "--max-bad", 1, *SMALL)
    small("run", tables, "--out", tmp_path / "local", *options)
    job(tables, "--out", tmp_path / "spark", *options)
    local, spark = (results.rows(tmp_path / name) for name in ("local", "spark"))
    assert "row groups 1 (from 0) of" in spark.loc["damaged.parquet/", "error"]
    for path in ("bomb.parquet/", "cut.parquet/", "damaged.parquet/"):  # What a library says of the damage is its own.
        assert local.loc[path, "error"].split(": ")[0] == spark.loc[path, "error"].split(": ")[0]
        for name in ("local", "spark"):
            without(tmp_path / name, path)
    results.assert_same_features(tmp_path / "local", tmp_path / "spark")
    assert recorded(tmp_path / "spark") == recorded(tmp_path / "local")


def test_the_column_of_images_is_the_one_that_is_named(job, small, photos, tmp_path):
    tables = odd_tables(tmp_path / "tables", photos)
    options = ("--image-column", "large", "--max-bad", 1, *SMALL[:-1], "none")
    for name, program in (("local", small), ("spark", job)):
        arguments = (tables / "two.parquet", tables / "numbers.parquet", "--out", tmp_path / name, *options)
        program("run", *arguments) if program is small else program(*arguments)
    results.assert_same_features(tmp_path / "local", tmp_path / "spark")
    assert "there are: " in results.error_of(tmp_path / "spark", f"{tables}/numbers.parquet/")
    assert "was \"large\"" in job.fails(2, tables / "two.parquet", tables / "numbers.parquet", "--out", tmp_path / "spark", "--resume",
                                       *SMALL[:-1], "none")


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (["photos", "--out", "out", "--nosuch"], 2, "there is no option --nosuch"),
    (["photos", "--out", "out", "--task-bytes", "999999999TB"], 2, "--task-bytes: takes a size"),
    (["photos", "--out", "out", "--threads", "2"], 2, "--threads is not for Spark: see docs/spark.md"),
    (["photos", "--out", "out", "--model", "small", "--files", "list"], 1, "manifest"),
    (["missing", "--out", "out"], 1, "missing: no such file or folder"),
    (["photos", "--out", "photos", "--model", "small"], 2, "is not empty and holds no Coulis results"),
    (["photos", "--out", "out", "--model", "small", "--layer", "nosuch"], 1, "nosuch"),
])
def test_what_cannot_be_done_is_said_in_a_line_and_leaves_nothing(job, tmp_path, arguments, code, message):
    paint(tmp_path / "photos", 1)
    here = [tmp_path / word if word in ("photos", "out", "list", "missing") else word for word in arguments]
    assert message in job.fails(code, *here)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_a_task_that_fails_twice_does_no_harm(job, small, photos, tmp_path, helpers):
    """The first two attempts to read one of the photographs fail, as storage may."""
    small("run", photos, "--out", tmp_path / "local", "--max-bad", 1, *SMALL)
    seen = tmp_path / "seen"
    seen.mkdir()
    trying = job.set({"spark.jars": helpers, "spark.hadoop.fs.flaky.impl": "FlakyFileSystem",
                      "spark.hadoop.flaky.seen": seen}, "local[2,4]")
    trying(f"flaky:{photos}", "--out", tmp_path / "spark", "--max-bad", 1, *SMALL)
    results.assert_same_results(tmp_path / "local", tmp_path / "spark", 1e-9)
    assert [file.read_bytes() for file in seen.iterdir()] == [b"\0\0"]
    failing = job.set({"spark.jars": helpers, "spark.hadoop.fs.flaky.impl": "FlakyFileSystem",
                       "spark.hadoop.flaky.seen": tmp_path / "nowhere"})
    error = failing.fails(1, f"flaky:{photos}", "--out", tmp_path / "failed", "--max-bad", 1, *SMALL)
    assert "plum" in error and "what was finished is kept: go on with --resume" in error and not (tmp_path / "failed" / "run.json").exists()
