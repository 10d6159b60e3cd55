"""Metadata leaves images, rows leave results: `strip`, `pack --strip-metadata`, `forget`."""

import io
import shutil
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import results
from command import QUICK
from photographs import encoded
from PIL import Image, ImageCms, PngImagePlugin

SECRETS = (b"Rue de la Paix", b"SECRET", b"48.8606", b"thumbnail")


def exif(orientation: int | None) -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = "SECRET description"
    made.get_ifd(0x8825)[2] = (48.0, 51.0, 38.0)  # GPS latitude
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0Rue de la Paix"
    if orientation:
        made[0x0112] = orientation
    return made


def picture(kind: str, orientation: int | None) -> bytes:
    """An image with all the metadata that its format can hold."""
    image = Image.fromarray((np.arange(40 * 30 * 3).reshape(30, 40, 3) * 7 % 251).astype(np.uint8))
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"exif": exif(orientation), "icc_profile": profile}
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRET text")
        text.add_itxt("XML:com.adobe.xmp", "<x>48.8606</x>")
        image.save(out, "PNG", pnginfo=text, **more)
    elif kind == "webp":
        image.save(out, "WEBP", quality=90, xmp=b"<x>48.8606</x>", **more)
    else:
        image.save(out, "JPEG", progressive=kind == "progressive", comment=b"SECRET comment", xmp=b"<x>48.8606</x>", **more)
        bytes_of = out.getvalue()
        iptc = b"Photoshop 3.0\0" + b"8BIM SECRET caption"
        return bytes_of[:2] + b"\xff\xed" + struct.pack(">H", 2 + len(iptc)) + iptc + bytes_of[2:] + b"SECRET trailer"
    return out.getvalue()


@pytest.fixture(params=[(kind, orientation) for kind in ("jpeg", "progressive", "png", "webp") for orientation in (None, 6)], ids=str)
def both(request, coulis, tmp_path) -> tuple[Path, Path, int | None]:
    """An image before and after, and its orientation."""
    kind, orientation = request.param
    name = f"image.{'jpg' if kind == 'progressive' else kind}"
    (tmp_path / "photos/fruit").mkdir(parents=True)
    (tmp_path / "photos/fruit" / name).write_bytes(picture(kind, orientation))
    coulis("strip", "photos", "--out", "stripped", cwd=tmp_path)
    return tmp_path / "photos/fruit" / name, tmp_path / "stripped/fruit" / name, orientation


def test_nothing_of_the_metadata_is_left(both):
    before, after, orientation = both
    assert any(secret in before.read_bytes() for secret in SECRETS)
    left = after.read_bytes()
    assert not any(secret in left for secret in SECRETS)
    with Image.open(after) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if orientation else {})
        assert not image.getexif().get_ifd(0x8825)
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "icc_profile", "progressive", "progression",
                                   "exif", "loop", "background", "timestamp", "duration"}


def test_pixels_and_profile_are_the_same(both):
    before, after, _ = both
    with Image.open(before) as one, Image.open(after) as other:
        assert one.info["icc_profile"] == other.info["icc_profile"]
        assert np.array_equal(np.asarray(one.convert("RGB")), np.asarray(other.convert("RGB")))


def test_strip_again_changes_nothing(both, coulis, tmp_path):
    _, after, _ = both
    coulis("strip", "stripped", "--out", "again", cwd=tmp_path)
    assert (tmp_path / "again/fruit" / after.name).read_bytes() == after.read_bytes()


def test_png_chunks_have_their_check_sums(tmp_path, coulis):
    (tmp_path / "one.png").write_bytes(picture("png", 6))
    coulis("strip", "one.png", "--out", "out", cwd=tmp_path)
    left, at, types = (tmp_path / "out/one.png").read_bytes(), 8, []
    while at < len(left):
        (length,) = struct.unpack_from(">I", left, at)
        types.append(left[at + 4:at + 8])
        assert struct.unpack_from(">I", left, at + 8 + length)[0] == zlib.crc32(left[at + 4:at + 8 + length])
        at += 12 + length
    assert types[0] == b"IHDR" and types[-1] == b"IEND" and b"eXIf" in types


def test_damaged_images_are_left_out_and_counted(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cut.jpg").write_bytes(picture("jpeg", None)[:60])
    (tmp_path / "photos/good.png").write_bytes(encoded(1, "PNG"))
    outcome = coulis.try_("strip", "photos", "--out", "out", "--max-bad", 0.1, cwd=tmp_path)
    assert outcome.code == 3 and "cut.jpg" in outcome.out
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["good.png"]


def test_files_are_not_replaced_unasked(coulis, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/one.png").write_bytes(encoded(1, "PNG"))
    coulis("strip", "photos", "--out", "out", cwd=tmp_path)
    assert "--overwrite" in coulis.fails(2, "strip", "photos", "--out", "out", cwd=tmp_path)
    coulis("strip", "photos", "--out", "out", "--overwrite", cwd=tmp_path)
    assert "inside input" in coulis.fails(2, "strip", "photos", "--out", "photos/out", cwd=tmp_path)


def test_packed_images_have_no_metadata_and_the_same_features(small, tmp_path):
    (tmp_path / "photos").mkdir()
    for kind in ("jpeg", "png", "webp"):
        (tmp_path / f"photos/one.{kind}").write_bytes(picture(kind, 6))
    small("pack", "photos", "--out", "packed", "--strip-metadata", cwd=tmp_path)
    with tarfile.open(tmp_path / "packed/shard-00000.tar") as shard:
        content = b"".join(shard.extractfile(member).read() for member in shard)
    assert not any(secret in content for secret in SECRETS)
    for source in ("photos", "packed"):
        small("embed", source, "--out", f"{source}-features", "--model", "small", "--label", "none", "--exif-rotate", cwd=tmp_path)
    results.assert_same_features(tmp_path / "photos-features", tmp_path / "packed-features")


def test_forgotten_rows_are_gone_and_all_others_as_they_were(coulis, own_quick):
    before, pca = results.rows(own_quick), results.rows(own_quick, "pca")
    gone = [before.index[0], before.index[-1]]
    outcome = coulis("forget", *gone, "--in", own_quick)
    assert "was fitted with them" in outcome.out
    after = results.rows(own_quick)
    assert list(after.index) == [path for path in before.index if path not in gone]
    for path in after.index:
        assert after.loc[path, "features"].tobytes() == before.loc[path, "features"].tobytes()
    assert list(results.rows(own_quick, "pca").index) == [path for path in pca.index if path not in gone]
    record = results.record(own_quick)
    assert record["counts"]["images"] == len(after) and record["counts"]["forgotten"] == 2 and record["pca"]["forgotten"] == 2
    assert not (own_quick / "moments").exists()
    assert coulis("validate", own_quick).code == 0
    assert not any(path.encode() in file.read_bytes() for path in gone for file in own_quick.rglob("*") if file.is_file())


def test_reduce_afterwards_fits_without_them(coulis, own_quick):
    coulis("forget", results.rows(own_quick).index[3], "--in", own_quick)
    coulis("reduce", own_quick)
    record = results.record(own_quick)
    assert record["pca"]["forgotten"] == 0 and record["pca"]["fitted_rows"] == record["counts"]["images"]


@pytest.mark.parametrize("keep", [(), ("--keep-pca",)])
def test_resumed_run_still_says_what_was_forgotten(coulis, photos, tmp_path, keep):
    """Also whether the PCA was fitted with it: kept, it was; fitted anew, it was not."""
    folder, own = Path(shutil.copytree(photos, tmp_path / "photos")), tmp_path / "own"
    job = ("run", folder, "--out", own, *QUICK)
    coulis(*job)
    gone = results.rows(own).index[0]
    coulis("forget", gone, "--in", own)
    (folder / gone).rename((folder / gone).with_name(f"another{Path(gone).suffix}"))
    coulis(*job, "--resume", *keep)
    record, rows = results.record(own), results.rows(own)
    assert gone not in rows.index and len(rows) == record["counts"]["images"]
    assert record["counts"]["forgotten"] == 1 and record["pca"]["forgotten"] == len(keep)


def test_pca_of_other_results_brings_what_was_forgotten_there(coulis, own_quick, tmp_path):
    first, second = results.rows(own_quick).index[:2]
    other = Path(shutil.copytree(own_quick, tmp_path / "other"))
    coulis("forget", first, "--in", own_quick)
    coulis("reduce", other, "--pca-from", own_quick)
    assert results.record(other)["pca"]["forgotten"] == 1
    outcome = coulis("forget", second, "--in", other)  # a row that this PCA was not fitted with, as far as `other` knows
    record = results.record(other)
    assert record["counts"]["forgotten"] == 1 and record["pca"]["forgotten"] == 1 and "was fitted with them" not in outcome.out


def test_part_that_loses_all_rows_is_gone(coulis, own_quick):
    import pandas

    part = results.parts(own_quick)[0]
    coulis("forget", *pandas.read_parquet(part)["path"], "--in", own_quick)
    assert not part.exists() and coulis("validate", own_quick).code == 0


def test_unknown_path_changes_nothing(coulis, own_quick):
    def content():
        return {file: file.read_bytes() for file in own_quick.rglob("*") if file.is_file()}

    before = content()
    assert "nothing was changed" in coulis.fails(1, "forget", results.rows(own_quick).index[0], "no/such.jpg", "--in", own_quick)
    assert content() == before
    assert "delete the folder" in coulis.fails(2, "forget", *results.rows(own_quick).index, "--in", own_quick)
    assert content() == before


def test_unfinished_run_has_to_end_first(coulis, own_quick):
    (own_quick / ".incomplete").mkdir()
    shutil.copy(own_quick / "run.json", own_quick / ".incomplete/plan.json")
    assert "--resume" in coulis.fails(2, "forget", results.rows(own_quick).index[0], "--in", own_quick)


def test_killed_before_any_change_the_rows_are_all_there_or_all_gone(coulis, own_quick, steps):
    """And the same command, again, ends as it would have."""
    results_in, spare = steps.folder, own_quick
    shutil.copytree(spare, results_in)
    gone, *left = results.rows(spare).index
    job = ("forget", gone, "--in", results_in, "--quiet")
    changes = steps.count(*job)
    assert changes > 5
    for step in range(1, changes + 1):
        shutil.rmtree(results_in)
        shutil.copytree(spare, results_in)
        steps.kill(step, *job)
        again = coulis.try_(*job)
        # 1: a publication that the kill had begun was completed first, so that there is no such row any more.
        assert again.code == 0 or "no row has the path" in again.err, (step, again)
        assert list(results.rows(results_in).index) == left, step
        assert coulis("validate", results_in, "--quiet").code == 0, step
        assert not (results_in / ".reducing").exists(), step
