"""Makes the images that test_pillow.py compares: every kind that Pillow reads of the five formats.

Each function yields (name, bytes). All content comes from one seeded generator, so a failure can be repeated.
"""

import io
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image

SIZES = [(1, 1), (1, 9), (9, 1), (2, 3), (8, 8), (17, 33), (100, 100), (160, 120), (224, 224), (301, 199), (199, 301)]
ODD_SIZES = [(1, 1), (3, 2), (7, 5), (33, 18), (101, 77)]


def photo(width, height, seed=0):
    """Smooth colour with some noise: what encoders and resizers meet."""
    rng = np.random.default_rng([seed, width, height])
    small = rng.integers(0, 256, (max(2, height // 9), max(2, width // 9), 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(small).resize((width, height)), dtype=int)
    noise = rng.integers(-25, 26, smooth.shape)
    return Image.fromarray((smooth + noise).clip(0, 255).astype(np.uint8))


def saved(image, format_name, **options):
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


# --- JPEG -----------------------------------------------------------------------------------------------------------


def jpegs():
    for width, height in SIZES:
        image = photo(width, height)
        for subsampling, sampling in enumerate(("444", "422", "420")):
            for progressive in (False, True):
                kind = "progressive" if progressive else "baseline"
                data = saved(image, "JPEG", subsampling=subsampling, progressive=progressive, quality=88)
                yield f"jpeg/{sampling}-{kind}-{width}x{height}", data
        yield f"jpeg/grey-{width}x{height}", saved(image.convert("L"), "JPEG", quality=80)
        yield f"jpeg/grey-progressive-{width}x{height}", saved(image.convert("L"), "JPEG", progressive=True)
        yield f"jpeg/cmyk-{width}x{height}", saved(image.convert("CMYK"), "JPEG", quality=90)
    image = photo(120, 90)
    for quality in (1, 10, 50, 75, 100):
        yield f"jpeg/quality-{quality}", saved(image, "JPEG", quality=quality)
    yield "jpeg/rgb-colour-space", saved(image, "JPEG", keep_rgb=True)
    yield "jpeg/restart-blocks", saved(image, "JPEG", restart_marker_blocks=3)
    yield "jpeg/restart-rows", saved(image, "JPEG", restart_marker_rows=1, subsampling=2)
    yield "jpeg/optimized", saved(image, "JPEG", optimize=True)
    yield "jpeg/comment-and-icc", saved(image, "JPEG", comment=b"a comment", icc_profile=b"p" * 200000)


JPEG_VARIANTS = [
    ("440", 3, "ycc", "1x2,1x1,1x1", "-"),
    ("411", 3, "ycc", "4x1,1x1,1x1", "-"),
    ("410", 3, "ycc", "4x2,1x1,1x1", "-"),
    ("441", 3, "ycc", "1x4,1x1,1x1", "-"),
    ("odd-3x1", 3, "ycc", "3x1,1x1,1x1", "-"),
    ("chroma-422-and-440", 3, "ycc", "2x2,2x1,1x2", "-"),
    ("420-arithmetic", 3, "ycc", "2x2,1x1,1x1", "a"),
    ("420-arithmetic-progressive", 3, "ycc", "2x2,1x1,1x1", "ap"),
    ("420-scan-per-component", 3, "ycc", "2x2,1x1,1x1", "n"),
    ("420-restarts", 3, "ycc", "2x2,1x1,1x1", "r"),
    ("422-progressive-restarts", 3, "ycc", "2x1,1x1,1x1", "pr"),
    ("no-marker", 3, "ycc", "2x2,1x1,1x1", "m"),
    ("rgb", 3, "rgb", "1x1,1x1,1x1", "-"),
    ("rgb-subsampled", 3, "rgb", "1x1,2x2,1x1", "-"),
    ("cmyk", 4, "cmyk", "1x1,1x1,1x1,1x1", "-"),
    ("cmyk-no-marker", 4, "cmyk", "1x1,1x1,1x1,1x1", "m"),
    ("ycck", 4, "ycck", "1x1,1x1,1x1,1x1", "-"),
    ("ycck-420", 4, "ycck", "2x2,1x1,1x1,2x2", "-"),
    ("ycck-420-progressive", 4, "ycck", "2x2,1x1,1x1,2x2", "p"),
    ("grey-subsampled", 1, "grey", "2x2", "-"),
]


def encoded_jpegs(encoder, folder):
    """What libjpeg can write and Pillow cannot. `encoder`: the program tests/tools/encode_jpeg.cpp."""
    for name, components, space, sampling, flags in JPEG_VARIANTS:
        for width, height in ODD_SIZES:
            image = photo(width, height, seed=3).convert({1: "L", 3: "RGB", 4: "CMYK"}[components])
            path = folder / "encoded.jpg"
            arguments = [width, height, components, space, sampling, flags, path]
            subprocess.run([encoder, *map(str, arguments)], input=image.tobytes(), check=True)
            yield f"jpeg/{name}-{width}x{height}", path.read_bytes()


# --- PNG ------------------------------------------------------------------------------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PNG_FORMATS = [(d, c) for c, depths in
               {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items() for d in depths]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(samples, depth):
    if depth == 16:
        return samples.astype(">u2").tobytes()
    if depth == 8:
        return samples.astype(np.uint8).tobytes()
    bits = (samples[:, None] >> np.arange(depth)[::-1]) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def filtered(row, above, step, kind):
    """PNG's five filters."""
    left = bytes(step) + row[:-step] if len(row) > step else bytes(len(row))
    left = left[: len(row)]
    corner = (bytes(step) + above[:-step])[: len(row)] if len(above) > step else bytes(len(row))
    out = bytearray([kind])
    for x, a, b, c in zip(row, left, above, corner):
        p = a + b - c
        paeth = min((abs(p - v), i, v) for i, v in enumerate((a, b, c)))[2]
        out.append((x - (0, a, b, (a + b) // 2, paeth)[kind]) & 255)
    return bytes(out)


def png_data(samples, depth, step, rng):
    above = bytes(len(pack_row(samples[0].ravel(), depth)))
    out = b""
    for line in samples:
        row = pack_row(line.ravel(), depth)
        out += filtered(row, above, step, int(rng.integers(0, 5)))
        above = row
    return out


def png(width, height, depth, color, interlaced=False, extra=b"", pieces=1, seed=0):
    """A PNG of random samples, written by hand: any depth, all filters, Adam7, several IDAT chunks."""
    rng = np.random.default_rng([seed, width, height, depth, color])
    top = 700 if (depth, color) == (16, 0) else 1 << depth
    samples = rng.integers(0, top, (height, width, CHANNELS[color]))
    step = max(1, CHANNELS[color] * depth // 8)
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    raw = b"".join(png_data(part, depth, step, rng) for part in passes if part.size)
    packed = zlib.compress(raw)
    cut = [len(packed) * i // pieces for i in range(pieces + 1)]
    palette = chunk(b"PLTE", rng.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes()) if color == 3 else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))
    idat = b"".join(chunk(b"IDAT", packed[a:b]) for a, b in zip(cut, cut[1:]))
    return b"\x89PNG\r\n\x1a\n" + header + palette + extra + idat + chunk(b"IEND", b"")


def pngs():
    for depth, color in PNG_FORMATS:
        for interlaced in (False, True):
            for width, height in [(1, 1), (5, 3), (8, 8), (33, 21)]:
                kind = "adam7" if interlaced else "plain"
                yield f"png/c{color}-d{depth}-{kind}-{width}x{height}", png(width, height, depth, color, interlaced)
    for side in range(1, 10):
        for other in (1, 2, 5, 9):
            yield f"png/adam7-{side}x{other}", png(side, other, 8, 2, True)
    for width, height in SIZES:
        image = photo(width, height)
        for mode in ("1", "L", "LA", "RGB", "RGBA", "P"):
            converted = image.quantize(37) if mode == "P" else image.convert(mode)
            yield f"png/{mode}-{width}x{height}", saved(converted, "PNG")
    yield "png/many-idats", png(40, 40, 8, 2, pieces=30)
    yield "png/empty-idats", png(4, 4, 8, 2, pieces=400)
    yield "png/palette-alpha", png(30, 30, 8, 3, extra=chunk(b"tRNS", bytes(range(0, 250, 5))))
    yield "png/palette-one-transparent", png(30, 30, 4, 3, extra=chunk(b"tRNS", b"\xff\xff\x00"))
    yield "png/grey-transparent", png(30, 30, 8, 0, extra=chunk(b"tRNS", b"\x00\x07"))
    yield "png/grey1-transparent", png(30, 30, 1, 0, extra=chunk(b"tRNS", b"\x00\x01"))
    yield "png/grey16-transparent", png(30, 30, 16, 0, extra=chunk(b"tRNS", b"\x00\x07"))
    yield "png/rgb-transparent", png(30, 30, 8, 2, extra=chunk(b"tRNS", b"\x00\x07\x00\x01\x00\x02"))
    yield "png/rgb16-transparent", png(30, 30, 16, 2, extra=chunk(b"tRNS", b"\x00\x07\x00\x01\x00\x02"))
    yield "png/gamma-srgb-phys", png(30, 30, 8, 2, extra=chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"sRGB", b"\0")
                                     + chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)) + chunk(b"tIME", bytes(7)))
    yield "png/unknown-chunk", png(30, 30, 8, 2, extra=chunk(b"prIv", b"anything"))
    yield "png/broken-icc", png(30, 30, 8, 2, extra=chunk(b"iCCP", b"name\0\0not deflated"))
    palette = chunk(b"PLTE", bytes(range(48)))
    for name, instead in {"none": b"", "empty": chunk(b"PLTE", b""), "odd": chunk(b"PLTE", bytes(range(8)))}.items():
        whole = png(9, 9, 4, 3)
        start = whole.index(b"PLTE") - 4
        yield f"png/palette-{name}", whole[:start] + instead + whole[start + len(palette) :]
    good = png(20, 20, 8, 2)
    yield "png/trailing-garbage", good + b"garbage" * 20
    yield "png/without-end", good[:-12]
    yield "png/bad-idat-checksum", good[:-16] + b"\0\0\0\0" + good[-12:]
    frames = [photo(20, 20, seed) for seed in range(3)]
    yield "png/animated", saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "png/animated-default-image", saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)


# --- WebP -----------------------------------------------------------------------------------------------------------


def webps():
    for width, height in SIZES:
        image = photo(width, height)
        rgba = image.copy()
        rgba.putalpha(photo(width, height, 5).convert("L"))
        yield f"webp/lossless-{width}x{height}", saved(image, "WEBP", lossless=True)
        yield f"webp/lossless-alpha-{width}x{height}", saved(rgba, "WEBP", lossless=True, exact=True)
        yield f"webp/lossy-{width}x{height}", saved(image, "WEBP", quality=80)
        yield f"webp/lossy-alpha-{width}x{height}", saved(rgba, "WEBP", quality=70)
    image = photo(90, 70)
    for quality in (0, 20, 50, 95, 100):
        yield f"webp/quality-{quality}", saved(image, "WEBP", quality=quality, method=quality % 7)
    frames = [photo(60, 40, seed) for seed in range(3)]
    yield "webp/animated", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=40)
    small = Image.new("RGBA", (60, 40))
    small.paste(photo(20, 10), (13, 21))
    yield "webp/animated-small-first-frame", saved(small, "WEBP", save_all=True, append_images=frames[1:],
                                                   minimize_size=True, lossless=True)


# --- GIF ------------------------------------------------------------------------------------------------------------


def lzw(indices, bits):
    """GIF's LZW without ever growing the table: a clear code before it would."""
    clear = 1 << bits
    codes = []
    for i, index in enumerate(indices):
        if i % max(1, clear - 2) == 0:
            codes.append(clear)
        codes.append(int(index))
    codes.append(clear + 1)
    value = 0
    for i, code in enumerate(codes):
        value |= code << (i * (bits + 1))
    data = value.to_bytes((len(codes) * (bits + 1) + 7) // 8, "little")
    blocks = [data[i : i + 255] for i in range(0, len(data), 255)]
    return bytes([bits]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def gif(screen, frame, bits=4, global_palette=True, local_palette=False, transparent=None, interlaced=False,
        background=0, palette_bits=None, grey=False, seed=0):
    rng = np.random.default_rng([seed, *screen, *frame, bits])
    x, y, width, height = frame
    count = 1 << (palette_bits or bits)

    def palette():
        entries = np.arange(count).repeat(3) if grey else rng.integers(0, 256, 3 * count)
        return entries.astype(np.uint8).tobytes()

    size_field = (palette_bits or bits) - 1
    out = b"GIF89a" + struct.pack("<HHBBB", *screen, (0x80 | size_field) if global_palette else 0, background, 0)
    out += palette() if global_palette else b""
    if transparent is not None:
        out += b"!\xf9\x04" + struct.pack("<BHBB", 1, 10, transparent, 0)
    out += b"!\xfe\x05hello\0"
    flags = (0x80 | size_field if local_palette else 0) | (0x40 if interlaced else 0)
    out += b"," + struct.pack("<HHHHB", x, y, width, height, flags)
    out += palette() if local_palette else b""
    return out + lzw(rng.integers(0, 1 << bits, width * height), bits) + b";"


def gifs():
    for width, height in SIZES:
        yield f"gif/pillow-{width}x{height}", saved(photo(width, height), "GIF")
        yield f"gif/pillow-grey-{width}x{height}", saved(photo(width, height).convert("L"), "GIF", interlace=0)
    whole = (0, 0, 23, 17)
    for bits in range(2, 9):
        yield f"gif/bits-{bits}", gif((23, 17), whole, bits)
        yield f"gif/bits-{bits}-interlaced", gif((23, 17), whole, bits, interlaced=True)
    for height in range(1, 12):
        yield f"gif/interlaced-{height}", gif((7, height), (0, 0, 7, height), interlaced=True)
    part = (5, 3, 10, 8)
    yield "gif/part", gif((23, 17), part, background=3)
    yield "gif/part-interlaced", gif((23, 17), part, interlaced=True)
    yield "gif/part-transparent", gif((23, 17), part, transparent=6, background=3)
    yield "gif/transparent", gif((23, 17), whole, transparent=2)
    yield "gif/transparent-beyond-palette", gif((23, 17), part, transparent=200)
    yield "gif/local-palette", gif((23, 17), whole, local_palette=True)
    yield "gif/only-local-palette", gif((23, 17), part, local_palette=True, global_palette=False)
    yield "gif/no-palette", gif((23, 17), whole, 8, global_palette=False)
    yield "gif/no-palette-transparent", gif((23, 17), part, 8, global_palette=False, transparent=9)
    yield "gif/grey-palette", gif((23, 17), whole, 4, grey=True)
    yield "gif/short-palette", gif((23, 17), whole, 5, palette_bits=2)
    yield "gif/short-grey-palette", gif((23, 17), whole, 5, palette_bits=2, grey=True)
    yield "gif/frame-larger-than-screen", gif((10, 10), (4, 3, 20, 15))
    yield "gif/empty-screen", gif((0, 0), (0, 0, 9, 9))
    yield "gif/trailing-garbage", gif((23, 17), whole) + b"garbage"
    yield "gif/without-end", gif((23, 17), whole)[:-1]
    yield "gif/without-last-block", gif((23, 17), whole)[:-2]
    frames = [photo(30, 20, seed) for seed in range(3)]
    yield "gif/animated", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


# --- BMP ------------------------------------------------------------------------------------------------------------


def bmp(width, height, bits, header_size=40, top_down=False, masks=None, palette="random", colors=None, compression=0,
        data=None, offset=None, seed=0):
    rng = np.random.default_rng([seed, width, height, bits, header_size])
    stride = (width * bits + 31) // 32 * 4
    entry = 3 if header_size == 12 else 4
    entries = b""
    if bits <= 8:
        count = colors or 1 << bits
        values = rng.integers(0, 256, entry * count)
        if palette == "grey":
            values = (np.arange(count) * (255 if count == 2 else 1)).repeat(entry)
        entries = values.astype(np.uint8).tobytes()
    pixels = rng.integers(0, 256, stride * height, dtype=np.uint8).tobytes() if data is None else data
    mask_bytes = b"".join(struct.pack("<I", m) for m in masks or ())
    compression = 3 if masks else compression
    if header_size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        signed = -height if top_down else height
        header = struct.pack("<IiiHHIIIIII", header_size, width, signed, 1, bits, compression, len(pixels), 2835, 2835,
                             colors or 0, 0)
        extra = header_size - 40
        if extra:
            header += (mask_bytes + bytes(extra))[:extra]
    after = mask_bytes if masks and header_size == 40 else b""
    start = 14 + len(header) + len(after) + len(entries)
    if offset is not None:
        start = offset
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + after + entries + pixels


BMP_MASKS = [
    (32, (0xFF0000, 0xFF00, 0xFF, 0x0)), (32, (0xFF000000, 0xFF0000, 0xFF00, 0x0)), (32, (0xFF000000, 0xFF00, 0xFF, 0x0)),
    (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)), (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)), (32, (0xFF000000, 0xFF00, 0xFF, 0xFF0000)), (32, (0, 0, 0, 0)),
    (24, (0xFF0000, 0xFF00, 0xFF, 0)), (16, (0xF800, 0x7E0, 0x1F, 0)), (16, (0x7C00, 0x3E0, 0x1F, 0)),
]
RLE8 = bytes([5, 1, 3, 2, 0, 0, 0, 3, 7, 8, 9, 0, 2, 4, 0, 0, 0, 2, 2, 1, 4, 6, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 9, 3, 0, 0, 0, 1])
RLE4 = bytes([5, 0x12, 3, 0x34, 0, 0, 0, 3, 0x78, 0x90, 2, 0x56, 0, 0, 0, 2, 2, 1, 4, 0x6A, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 9,
              0x3B, 0, 0, 0, 1])


def bmps():
    for bits in (1, 4, 8, 16, 24, 32):
        for width, height in ODD_SIZES:
            yield f"bmp/{bits}-{width}x{height}", bmp(width, height, bits)
            yield f"bmp/{bits}-top-down-{width}x{height}", bmp(width, height, bits, top_down=True)
        for header_size in (52, 56, 64, 108, 124):
            yield f"bmp/{bits}-header-{header_size}", bmp(13, 7, bits, header_size)
        if bits != 16 and bits != 32:
            yield f"bmp/{bits}-os2", bmp(13, 7, bits, 12)
    for i, (bits, masks) in enumerate(BMP_MASKS):
        yield f"bmp/masks-{bits}-{i}-header-124", bmp(13, 7, bits, 124, masks=masks)
        if masks[3] == 0:
            yield f"bmp/masks-{bits}-{i}-header-40", bmp(13, 7, bits, 40, masks=masks[:3])
            yield f"bmp/masks-{bits}-{i}-header-52", bmp(13, 7, bits, 52, masks=masks[:3])
    yield "bmp/grey-1", bmp(13, 7, 1, palette="grey")
    yield "bmp/grey-4", bmp(3, 7, 4, palette="grey")
    yield "bmp/grey-8", bmp(13, 7, 8, palette="grey")
    yield "bmp/two-greys-of-8-bits", bmp(13, 7, 8, palette="grey", colors=2)
    yield "bmp/one-black-of-4-bits", bmp(13, 7, 4, palette="grey", colors=1)
    yield "bmp/short-palette", bmp(13, 7, 8, colors=50)
    yield "bmp/no-offset", bmp(13, 7, 8, offset=0)
    yield "bmp/offset-at-palette", bmp(13, 7, 8, offset=54)
    yield "bmp/rle8", bmp(10, 6, 8, compression=1, data=RLE8 + bytes([0, 1]))
    yield "bmp/rle8-whole", bmp(10, 6, 8, compression=1, data=bytes([10, 3, 0, 0] * 6 + [0, 1]))
    yield "bmp/rle8-over-the-edge", bmp(10, 3, 8, compression=1, data=bytes([14, 3, 0, 0] * 3 + [0, 1]))
    yield "bmp/rle8-jumps", bmp(10, 6, 8, compression=1, data=bytes([4, 3, 0, 2, 1, 2, 3, 9, 0, 2, 255, 9, 0, 1]))
    yield "bmp/rle8-top-down", bmp(10, 6, 8, compression=1, top_down=True, data=bytes([7, 3, 3, 9, 0, 0] * 6))
    yield "bmp/rle8-grey", bmp(10, 6, 8, palette="grey", compression=1, data=bytes([7, 77, 3, 9, 0, 0] * 6))
    yield "bmp/rle8-two-greys", bmp(10, 6, 8, palette="grey", colors=2, compression=1, data=bytes([7, 1, 3, 0, 0, 0] * 6))
    yield "bmp/rle8-literals", bmp(10, 4, 8, compression=1, data=bytes([0, 10, *range(10), 0, 0] * 4))
    yield "bmp/rle8-odd-literals", bmp(9, 4, 8, compression=1, data=bytes([0, 9, *range(9), 0, 0, 0] * 4))
    yield "bmp/rle4", bmp(10, 6, 4, compression=2, data=RLE4)
    yield "bmp/rle4-whole", bmp(10, 6, 4, compression=2, data=bytes([10, 0x3C, 0, 0] * 6 + [0, 1]))
    yield "bmp/rle4-literals", bmp(9, 4, 4, compression=2, data=bytes([0, 9, 0x12, 0x34, 0x56, 0x78, 0x9A, 0, 0, 0] * 4))
    for width, height in SIZES:
        yield f"bmp/pillow-{width}x{height}", saved(photo(width, height), "BMP")
        yield f"bmp/pillow-P-{width}x{height}", saved(photo(width, height).quantize(90), "BMP")
    yield "bmp/trailing-garbage", bmp(13, 7, 24) + b"garbage"


def all_images(encoder, folder):
    for source in (jpegs(), encoded_jpegs(encoder, folder), pngs(), webps(), gifs(), bmps()):
        yield from source
