"""Decoding and resizing against Pillow, live and byte for byte.

Reaches Coulis through the program decode_rgb (tests/tools/decode_rgb.cpp) of the build folder COULIS_BUILD.
"""

import os
import pathlib
import random
import struct

import numpy as np
import PIL
import pytest
from PIL import Image, ImageOps

import pillow_images as images
from decode_program import DecodeProgram, tool_path

# Pillow warns of a bomb where Coulis refuses it: for the comparison, let it refuse too.
BOMB = "error::PIL.Image.DecompressionBombWarning"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", BOMB)
KERNELS = ("scalar", "avx2", "avx512", "neon")
TARGETS = [None, (224, 224), (37, 61)]
FRUITS = os.environ.get("COULIS_FRUITS360")


def pillow(path, target=None, rotate=False):
    """What Pillow gives for the same; an error's text, prefixed by its class."""
    try:
        with Image.open(path) as image:
            if rotate:
                image = ImageOps.exif_transpose(image)
            image = image.convert("RGB")
            size = image.size
            return size, np.asarray(image.resize(target) if target else image)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture(scope="module")
def coulis():
    assert PIL.__version__ == "13.0.0", "the reference is Pillow 13.0.0 (docs/decisions/010)"
    with DecodeProgram() as program:
        yield program


def assert_equal(coulis, path, target=None, rotate=False, kernel="-"):
    expected = pillow(path, target, rotate)
    assert not isinstance(expected, str), f"the test's own image is broken: {expected}"
    found = coulis(path, target, rotate, kernel)
    assert not isinstance(found, str), f"{path.name}: {found}"
    assert found[0] == expected[0]
    different = np.count_nonzero(found[1] != expected[1])
    assert different == 0, f"{path.name} to {target}: {different} of {expected[1].size} bytes differ"


# --- Every kind of image --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("images")


@pytest.mark.parametrize("kind", ["jpegs", "encoded_jpegs", "pngs", "webps", "gifs", "bmps"])
def test_generated_images_equal_pillow(coulis, folder, kind):
    encoder = [tool_path("encode_jpeg"), folder] if kind == "encoded_jpegs" else []
    count = 0
    for name, data in getattr(images, kind)(*encoder):
        path = folder / name.replace("/", "_")
        path.write_bytes(data)
        for target in TARGETS:
            assert_equal(coulis, path, target)
        count += 1
    assert count >= 50


# --- Decoding to less than the full size ----------------------------------------------------------------------------


def drafted(path, target):
    """What Pillow gives when it is told beforehand what size is wanted."""
    with Image.open(path) as image:
        size = image.size
        image.draft(None, target)
        return size, np.asarray(image.convert("RGB").resize(target))


def assert_equals_draft(coulis, path, target):
    found, expected = coulis(path, target, kernel="fast"), drafted(path, target)
    assert not isinstance(found, str), f"{path.name}: {found}"
    assert found[0] == expected[0]
    different = np.count_nonzero(found[1] != expected[1])
    assert different == 0, f"{path.name} to {target}: {different} of {expected[1].size} bytes differ"


@pytest.mark.parametrize("kind", ["jpegs", "encoded_jpegs"])
def test_fast_decoding_equals_pillows_draft(coulis, folder, kind):
    encoder = [tool_path("encode_jpeg"), folder] if kind == "encoded_jpegs" else []
    for name, data in getattr(images, kind)(*encoder):
        path = folder / name.replace("/", "_")
        path.write_bytes(data)
        for target in (224, 224), (37, 61), (5, 7), (1, 1):
            assert_equals_draft(coulis, path, target)


DIVISORS = {(800, 800): 8, (799, 801): 4, (400, 401): 4, (399, 1600): 2, (200, 3000): 2, (199, 800): 1}


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", DIVISORS)
def test_fast_decoding_takes_the_largest_divisor_that_leaves_enough(coulis, folder, size, mode, progressive):
    random = np.random.default_rng(sum(size))
    pixels = random.integers(0, 256, (size[1] // 10 + 1, size[0] // 10 + 1, 4), np.uint8)
    for subsampling in (0, 1, 2) if mode == "RGB" else (0,):
        path = folder / f"large-{size[0]}-{size[1]}-{mode}-{progressive}-{subsampling}.jpg"
        Image.fromarray(pixels, "CMYK").resize(size).convert(mode).save(
            path, quality=90, progressive=progressive, subsampling=subsampling)
        with Image.open(path) as image:
            image.draft(None, (100, 100))
            assert image.size == tuple(-(-side // DIVISORS[size]) for side in size)
        assert_equals_draft(coulis, path, (100, 100))


@pytest.mark.parametrize("options", [{"restart_marker_blocks": 3}, {"restart_marker_rows": 1}, {"optimize": True},
                                     {"quality": 100, "subsampling": 0}, {"quality": 5}])
def test_fast_decoding_of_unusual_streams_equals_pillows_draft(coulis, folder, options):
    random = np.random.default_rng(1)
    path = folder / "unusual.jpg"
    for size in (801, 803), (816, 832), (1001, 1603):
        pixels = random.normal(128, 60, (size[1], size[0], 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path, **{"quality": 90} | options)
        assert_equals_draft(coulis, path, (100, 100))


def test_fast_decoding_of_a_cut_file_is_the_error_of_exact_decoding(coulis, folder):
    random = np.random.default_rng(1)
    path, cut = folder / "whole.jpg", folder / "cut.jpg"
    Image.fromarray(random.integers(0, 256, (808, 900, 3), np.uint8)).save(path)
    data = path.read_bytes()
    for length in 300, 5000, len(data) // 2, len(data) - 1000, len(data) - 3, len(data) - 2, len(data) - 1:
        cut.write_bytes(data[:length])
        fast, exact = (coulis(cut, (100, 100), kernel=kernel) for kernel in ("fast", "-"))
        assert isinstance(fast, str) == isinstance(exact, str), (length, fast, exact)
        assert not isinstance(fast, str) or fast.split("(")[0] == exact.split("(")[0]


@pytest.mark.parametrize("seed", range(8))
def test_fast_decoding_of_damaged_files_equals_pillows_draft(coulis, folder, seed):
    """Bytes changed anywhere: the pixels of Pillow, where it gives any, and an error where exact decoding gives one."""
    random = np.random.default_rng(seed)
    path = folder / "damaged.jpg"
    pixels = random.normal(128, 40, (70, 90, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, subsampling=seed % 3, restart_marker_blocks=5 * (seed % 2), quality=80)
    data = path.read_bytes()
    for _ in range(150):
        damaged = bytearray(data)
        for place in random.integers(2, len(data), random.integers(1, 4)):
            damaged[place] = random.integers(0, 256)
        path.write_bytes(damaged)
        try:
            expected = drafted(path, (8, 8))
        except Exception:
            expected = None
        found = coulis(path, (8, 8), kernel="fast")
        assert isinstance(found, str) == isinstance(coulis(path, (8, 8)), str)
        if expected and not isinstance(found, str):
            assert found[0] == expected[0] and np.array_equal(found[1], expected[1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_fast_decoding_turns_what_it_decoded(coulis, folder, orientation):
    random = np.random.default_rng(1)
    path = folder / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(random.integers(0, 256, (50, 101, 3), np.uint8)).resize((1010, 500)).save(path, exif=exif)
    with Image.open(path) as image:
        image.draft(None, (100, 40) if orientation < 5 else (40, 100))
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB").resize((100, 40)))
    size, pixels = coulis(path, (100, 40), rotate=True, kernel="fast")
    assert size == ((1010, 500) if orientation < 5 else (500, 1010))
    assert np.array_equal(pixels, expected)


def test_fast_decoding_of_other_formats_is_exact(coulis, folder):
    pixels = np.random.default_rng(1).integers(0, 256, (80, 90, 3), np.uint8)
    for extension in "png", "webp", "bmp", "gif":
        path = folder / f"large.{extension}"
        Image.fromarray(pixels).resize((900, 800)).save(path)
        assert np.array_equal(coulis(path, (100, 100), kernel="fast")[1], coulis(path, (100, 100))[1])


# --- Real photographs -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not FRUITS, reason="COULIS_FRUITS360 is not set")
def test_real_photographs_equal_pillow(coulis):
    photographs = sorted(pathlib.Path(FRUITS).rglob("*.jpg"))
    assert photographs
    for path in random.Random(1).sample(photographs, min(300, len(photographs))):
        assert_equal(coulis, path, (224, 224))


# --- Resizing -------------------------------------------------------------------------------------------------------


def sizes_to_resize():
    """From and to: edges of one pixel, no-op passes, up, down, and both sides of the rule for the order of passes."""
    edges = [1, 2, 3, 4, 5, 7, 8, 9]
    pairs = [(a, b, c, d) for a in edges[::3] for b in edges[::2] for c in edges[::2] for d in edges[::3]]
    rng = random.Random(2)
    for _ in range(150):
        pairs.append(tuple(rng.choice([rng.randint(1, 50), rng.randint(1, 400)]) for _ in range(4)))
    for _ in range(60):
        width, height, to_width = (rng.randint(1, 200) for _ in range(3))
        to_height = height - 2 * (width - to_width) + rng.choice([-1, 0, 1])
        if 1 <= to_height <= 600:
            pairs.append((width, height, to_width, to_height))
    pairs += [(224, 100, 224, 224), (100, 224, 224, 224), (224, 224, 224, 224), (3000, 2, 224, 224), (2, 3000, 224, 224),
              (1, 1, 224, 224), (300, 400, 224, 224), (480, 640, 224, 224), (1, 1, 1, 1), (4000, 1, 1, 1), (1, 4000, 1, 1)]
    return pairs


def available_kernels(coulis, path):
    return [k for k in KERNELS if coulis(path, (2, 2), kernel=k) != f"no kernel {k}"]


def test_every_kernel_resizes_every_size_as_pillow_does(coulis, folder):
    rng = np.random.default_rng(4)
    path = folder / "resize.bmp"
    Image.new("RGB", (1, 1)).save(path)
    kernels = available_kernels(coulis, path)
    assert "scalar" in kernels
    for i, (width, height, to_width, to_height) in enumerate(sizes_to_resize()):
        noise = rng.integers(0, 256, (height, width, 3)) if i % 2 else rng.choice([0, 255], (height, width, 3))
        Image.fromarray(noise.astype(np.uint8)).save(path)
        for kernel in [*kernels, "-"]:
            assert_equal(coulis, path, (to_width, to_height), kernel=kernel)


def test_large_photograph_equals_pillow(coulis, folder):
    path = folder / "large.jpg"
    path.write_bytes(images.saved(images.photo(4000, 3000), "JPEG", quality=85))
    assert_equal(coulis, path, (224, 224))


# --- EXIF -----------------------------------------------------------------------------------------------------------


def exif(orientation, order="<", kind=3):
    value = struct.pack(order + {1: "Bxxx", 3: "Hxx", 4: "I"}[kind], orientation)
    entries = [struct.pack(order + "HHI4s", 0x0100, 3, 1, b"\1\0\0\0"), struct.pack(order + "HHI", 0x0112, kind, 1) + value]
    directory = struct.pack(order + "H", 2) + b"".join(entries) + bytes(4)
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + directory


def with_app1(jpeg, *payloads):
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(p) + 2) + p for p in payloads)
    return jpeg[:2] + segments + jpeg[2:]


def oriented():
    plain = images.saved(images.photo(31, 19), "JPEG")
    for orientation in range(10):
        for order in "<>":
            data = exif(orientation, order)
            yield f"{orientation}{'le' if order == '<' else 'be'}.jpg", with_app1(plain, b"Exif\0\0" + data)
            yield f"{orientation}{'le' if order == '<' else 'be'}.png", images.png(31, 19, 8, 2, extra=images.chunk(b"eXIf", data))
            webp = images.saved(images.photo(31, 19), "WEBP", lossless=True, exif=b"Exif\0\0" + data)
            yield f"{orientation}{'le' if order == '<' else 'be'}.webp", webp
    yield "cmyk.jpg", with_app1(images.saved(images.photo(31, 19).convert("CMYK"), "JPEG"), b"Exif\0\0" + exif(6))
    yield "late.png", images.png(31, 19, 8, 2)[:-12] + images.chunk(b"eXIf", exif(6)) + images.chunk(b"IEND", b"")
    yield "byte.jpg", with_app1(plain, b"Exif\0\0" + exif(6, kind=1))
    yield "long.jpg", with_app1(plain, b"Exif\0\0" + exif(6, ">", kind=4))
    yield "split.jpg", with_app1(plain, b"Exif\0\0" + exif(8)[:20], b"Exif\0\0" + exif(8)[20:])
    yield "none.jpg", plain
    yield "none.gif", images.saved(images.photo(31, 19), "GIF")
    yield "none.bmp", images.saved(images.photo(31, 19), "BMP")
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><d tiff:Orientation=\"%d\"/></x:xmpmeta>"
    yield "xmp.jpg", with_app1(plain, xmp % 6)
    yield "xmp-and-exif.jpg", with_app1(plain, xmp % 6, b"Exif\0\0" + exif(3))
    yield "xmp-element.jpg", with_app1(plain, xmp[:29] + b"<tiff:Orientation>8</tiff:Orientation>")


def test_exif_orientation_is_applied_on_demand_only(coulis, folder):
    for name, data in oriented():
        path = folder / f"exif-{name}"
        path.write_bytes(data)
        for target in TARGETS:
            assert_equal(coulis, path, target, rotate=True)
            assert_equal(coulis, path, target, rotate=False)


# --- What Pillow refuses --------------------------------------------------------------------------------------------


def small_images():
    photo = images.photo(24, 18)
    yield "baseline.jpg", images.saved(photo, "JPEG")
    yield "progressive.jpg", images.saved(photo, "JPEG", progressive=True)
    yield "grey.jpg", images.saved(photo.convert("L"), "JPEG")
    yield "plain.png", images.png(9, 7, 8, 2, extra=images.chunk(b"tEXt", b"key\0value"))
    yield "adam7.png", images.png(9, 7, 8, 2, True, pieces=4)
    yield "palette.png", images.png(9, 7, 4, 3)[:-12] + images.chunk(b"tEXt", b"key\0value") + images.chunk(b"IEND", b"")
    yield "lossy.webp", images.saved(photo, "WEBP")
    yield "lossless.webp", images.saved(images.photo(7, 5), "WEBP", lossless=True)
    yield "plain.gif", images.gif((15, 11), (0, 0, 15, 11), 5)
    yield "interlaced.gif", images.gif((15, 11), (2, 2, 10, 8), 5, interlaced=True, local_palette=True)
    yield "24.bmp", images.bmp(9, 7, 24)
    yield "8.bmp", images.bmp(9, 7, 8, colors=9)
    yield "os2.bmp", images.bmp(9, 7, 4, 12)
    yield "rle8.bmp", images.bmp(10, 6, 8, compression=1, data=images.RLE8)
    yield "rle4.bmp", images.bmp(10, 6, 4, compression=2, data=images.RLE4)


def assert_same_verdict(coulis, path):
    """Both decode to the same pixels, or both refuse. Returns the two messages of a refusal."""
    expected = pillow(path)
    found = coulis(path)
    if isinstance(expected, str) and isinstance(found, str):
        return expected.partition(": ")[2], found
    assert not isinstance(expected, str), f"Pillow says {expected}, Coulis decodes {path.name}"
    assert not isinstance(found, str), f"Coulis says {found}, Pillow decodes {path.name}"
    assert np.array_equal(expected[1], found[1])
    return None


def test_cut_at_every_byte_has_pillows_verdict_and_its_byte_count(coulis, folder):
    counted = 0
    for name, data in small_images():
        path = folder / f"cut-{name}"
        for length in range(len(data)):
            path.write_bytes(data[:length])
            messages = assert_same_verdict(coulis, path)
            if messages and "bytes not processed" in messages[0]:
                assert messages[0] == messages[1], f"{name} cut at {length}"
                counted += 1
    assert counted > 500


@pytest.mark.parametrize("progressive", [False, True])
def test_cut_large_jpeg_has_pillows_byte_count(coulis, folder, progressive):
    """Larger than the blocks in which Pillow reads."""
    data = images.saved(images.photo(700, 500), "JPEG", quality=95, progressive=progressive)
    assert len(data) > 200_000
    path = folder / "cut-large.jpg"
    for length in random.Random(5).sample(range(1000, len(data)), 40):
        path.write_bytes(data[:length])
        messages = assert_same_verdict(coulis, path)
        assert messages and messages[0] == messages[1]
        assert messages[0].startswith("image file is truncated (")


def damaged(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(data)) if rng.random() < 0.7 else rng.randrange(min(len(data), 60))
        what = rng.random()
        if what < 0.8:
            data[at] ^= rng.randrange(1, 256)
        elif what < 0.9:
            del data[at]
        else:
            data.insert(at, rng.randrange(256))
    return bytes(data)


def claims_to_be_huge(path):
    """Damage can make a header ask for millions of pixels; Pillow's run-length reader takes minutes over them."""
    try:
        with Image.open(path) as image:
            return image.width * image.height > 1_000_000
    except Exception:
        return False


# Progressive JPEG is left out: libjpeg-turbo 3, in Pillow, smooths a picture whose last scans are broken otherwise than
# libjpeg-turbo 2 (docs/decisions/013).
@pytest.mark.parametrize("name", [n for n, _ in small_images() if n != "progressive.jpg"])
def test_damage_has_pillows_verdict(coulis, folder, name):
    data = dict(small_images())[name]
    rng = random.Random(name)
    path = folder / f"damaged-{name}"
    for _ in range(150):
        path.write_bytes(damaged(data, rng))
        if not claims_to_be_huge(path):
            assert_same_verdict(coulis, path)


def png_header(width, height, depth=8, color=2):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + images.chunk(b"IHDR", header)


def refused():
    """Name → (bytes, what our message must say)."""
    jpeg = images.saved(images.photo(16, 16), "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    png = images.png(5, 5, 8, 2)
    text = images.chunk(b"tEXt", b"key\0value")
    two = jpeg[: frame + 9] + b"\2" + jpeg[frame + 10 :]
    return {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"This is not a photograph.\n", "not an image"),
        "twelve-bits.jpg": (jpeg[: frame + 4] + b"\x0c" + jpeg[frame + 5 :], "broken JPEG"),
        "two-components.jpg": (two, "JPEG"),
        "no-height.jpg": (jpeg[: frame + 5] + b"\0\0" + jpeg[frame + 7 :], "JPEG"),
        "only-start.jpg": (b"\xff\xd8\xff", "truncated"),
        "bad-checksum.png": (png.replace(b"IHDR", b"IHDR", 1)[:29] + b"\0\0\0\0" + png[33:], "checksum"),
        "bad-text-checksum.png": (png[:33] + text[:-4] + b"\0\0\0\0" + png[33:], "checksum"),
        "bad-filter.png": (png_header(1, 1) + images.chunk(b"IDAT", images.zlib.compress(b"\x09abc")), "broken PNG"),
        "bad-format.png": (png_header(1, 1, 4, 2) + images.chunk(b"IDAT", b""), "does not exist"),
        "no-pixels.png": (png_header(1, 1) + images.chunk(b"IEND", b""), "without pixels"),
        "zero-size.png": (png_header(0, 5) + images.chunk(b"IDAT", b""), "no content"),
        "not-deflated.png": (png_header(9, 9) + images.chunk(b"IDAT", b"abcdefgh" * 9), "broken PNG"),
        "large-palette.png": (png_header(1, 1, 8, 3) + images.chunk(b"PLTE", bytes(771)) + images.chunk(b"IDAT", b""), "256"),
        "bad-adler.png": (png_header(1, 1) + images.chunk(b"IDAT", images.zlib.compress(b"\0abc")[:-1] + b"!"), "broken PNG"),
        "short-trns.png": (images.png(5, 5, 8, 2, extra=images.chunk(b"tRNS", b"\0\1")), "too short"),
        "no-frame.gif": (b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0) + b";", "without an image"),
        "broken.gif": (images.gif((9, 9), (0, 0, 9, 9))[:80] + b"\xff" * 60, "GIF"),
        "depth.bmp": (images.bmp(4, 4, 24).replace(b"\x18\0", b"\x02\0", 1), "2 bits"),
        "header.bmp": (b"BM" + bytes(12) + struct.pack("<I", 41) + bytes(60), "header of 41"),
        "masks.bmp": (images.bmp(4, 4, 32, masks=(1, 2, 4)), "masks"),
        "compression.bmp": (images.bmp(4, 4, 24, compression=4), "compression 4"),
        "short-rle.bmp": (images.bmp(9, 9, 8, compression=1, data=b"\x03\x04\x00\x01"), "not enough"),
        "broken.webp": (images.saved(images.photo(9, 9), "WEBP")[:20] + bytes(600), "WebP"),
    }


@pytest.mark.parametrize("name", sorted(refused()))
def test_what_pillow_refuses_is_refused_with_a_reason(coulis, folder, name):
    data, reason = refused()[name]
    path = folder / f"refused-{name}"
    path.write_bytes(data)
    messages = assert_same_verdict(coulis, path)
    assert messages and reason in messages[1]


def bombs():
    side = 60_000
    jpeg = images.saved(images.photo(16, 16), "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    vp8x = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + struct.pack("<I", 16_382)[:3] * 2
    lossless = images.saved(Image.new("RGB", (16_383, 1)), "WEBP", lossless=True)
    taller = struct.pack("<I", struct.unpack_from("<I", lossless, 21)[0] | 16_382 << 14)
    return {
        "jpg": jpeg[: frame + 5] + struct.pack(">HH", side, side) + jpeg[frame + 9 :],
        "png": png_header(side, side) + images.chunk(b"IDAT", images.zlib.compress(bytes(100))),
        "gif": images.gif((side, side), (0, 0, 9, 9)),
        "frame.gif": images.gif((9, 9), (side - 9, side - 9, 9, 9)),
        "bmp": images.bmp(side, 1, 24)[:22] + struct.pack("<I", side) + images.bmp(side, 1, 24)[26:200],
        "rle.bmp": b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078)
                   + struct.pack("<IiiHHIIIIII", 40, side, side, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(1100),
        "webp": lossless[:21] + taller + lossless[25:],
    }


@pytest.mark.parametrize("kind", sorted(bombs()))
def test_sixty_thousand_squared_is_refused_by_its_header(coulis, folder, kind):
    path = folder / f"bomb.{kind}"
    path.write_bytes(bombs()[kind])
    assert "over the limit of 89478485 pixels" in coulis(path)
    status = pathlib.Path(f"/proc/{coulis.process.pid}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        assert int(peak.split()[1]) < 600_000, "memory was taken for the bomb"
