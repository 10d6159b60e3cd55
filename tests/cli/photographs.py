"""Small photographs, drawn here so that no test depends on the program's own `synth`."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ("apple", "banana", "kiwi", "plum")
COLOURS = ((200, 40, 50), (230, 210, 70), (110, 150, 50), (90, 40, 120))


def photograph(number: int) -> Image.Image:
    """A blob of its label's colour before a light wall: the same number, the same picture."""
    random = np.random.default_rng(number)
    width, height = random.integers(60, 140, 2)
    y, x = np.mgrid[0:height, 0:width]
    cx, cy = random.uniform(0.35, 0.65, 2) * (width, height)
    rx, ry = random.uniform(0.2, 0.4, 2) * (width, height)
    inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
    pixels = np.full((height, width, 3), random.integers(220, 256), float)
    shade = np.clip(1.2 - 0.5 * np.hypot((x - cx) / rx + 0.3, (y - cy) / ry + 0.3), 0.3, 1.2)[..., None]
    pixels[inside] = (shade * COLOURS[number % len(COLOURS)])[inside]
    pixels += random.normal(0, 4, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def encoded(number: int, form: str = "JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    photograph(number).save(buffer, form, **options)
    return buffer.getvalue()


def paint(folder: Path, count: int, first: int = 0) -> Path:
    """`count` JPEGs in a sub-folder for each label."""
    for number in range(first, first + count):
        label = LABELS[number % len(LABELS)]
        (folder / label).mkdir(parents=True, exist_ok=True)
        (folder / label / f"{label}_{number:04d}.jpg").write_bytes(encoded(number))
    return folder
