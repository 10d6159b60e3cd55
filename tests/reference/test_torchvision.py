"""Resize to a shorter side and centre crop, byte for byte.

The reference is Pillow, driven by the sizes and offsets that torchvision's transforms.Resize and CenterCrop are
documented to take; where torchvision itself can be imported (it is 200 MB and more with torch, too much for every
run), it is asked too.
"""

import os
import pathlib
import random

import numpy as np
import pytest
from PIL import Image, ImageOps
from decode_program import DecodeProgram
from test_pillow import KERNELS, available_kernels

try:
    from torchvision import transforms
except ImportError:
    transforms = None

FRUITS = os.environ.get("COULIS_FRUITS360")


@pytest.fixture(scope="module")
def coulis():
    with DecodeProgram() as program:
        yield program


def shorter_side_to(image: Image.Image, side: int) -> Image.Image:
    """transforms.Resize(side): bilinear, the longer side cut off to whole pixels."""
    width, height = image.size
    if width <= height:
        size = (side, int(side * height / width))
    else:
        size = (int(side * width / height), side)
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


def centre(image: Image.Image, width: int, height: int) -> Image.Image:
    """transforms.CenterCrop((height, width)): black where the image is smaller; halves to the even pixel."""
    wide, high = image.size
    if width > wide or height > high:
        x, y = max(width - wide, 0), max(height - high, 0)
        image = ImageOps.expand(image, (x // 2, y // 2, (x + 1) // 2, (y + 1) // 2), fill=0)
        wide, high = image.size
    left, top = round((wide - width) / 2.0), round((high - height) / 2.0)
    return image.crop((left, top, left + width, top + height))


def assert_equal(coulis, path, size, side, kernel="-"):
    with Image.open(path) as image:
        whole = image.convert("RGB")
    expected = np.asarray(centre(shorter_side_to(whole, side), *size))
    if transforms is not None:
        asked = transforms.Compose([transforms.Resize(side), transforms.CenterCrop(size[::-1])])(whole)
        assert np.array_equal(np.asarray(asked), expected), "torchvision does otherwise than documented"
    found = coulis(path, size, kernel=f"{kernel}", side=side)
    assert not isinstance(found, str), found
    assert found[0] == whole.size
    assert np.array_equal(found[1], expected), f"{path} of {whole.size} to {size} by {side}, kernel {kernel}"


def cases():
    """(width, height) of the image, (width, height) wanted, shorter side."""
    rng = random.Random(5)
    found = [((w, h), (224, 224), 256) for w, h in
             [(224, 224), (256, 256), (256, 300), (300, 256), (257, 256), (255, 256), (100, 100), (640, 480), (480, 641),
              (1, 1), (1, 40), (40, 1), (2, 900), (900, 2), (512, 512), (513, 700), (1024, 256), (256, 1023)]]
    for _ in range(220):
        side = rng.randint(1, 90)
        found.append(((rng.randint(1, 200), rng.randint(1, 200)), (rng.randint(1, 100), rng.randint(1, 100)), side))
    # Nothing to resize: only the crop is left.
    found += [((90, 70), (60, 51), 70), ((70, 91), (70, 70), 70), ((70, 70), (70, 70), 70), ((70, 70), (91, 84), 70)]
    return found


def test_every_kernel_crops_every_size_as_torchvision_does(coulis, tmp_path):
    rng = np.random.default_rng(6)
    path = tmp_path / "image.bmp"
    Image.new("RGB", (1, 1)).save(path)
    kernels = available_kernels(coulis, path)
    assert set(kernels) <= set(KERNELS)
    for i, ((width, height), size, side) in enumerate(cases()):
        noise = rng.integers(0, 256, (height, width, 3)) if i % 2 else rng.choice([0, 255], (height, width, 3))
        Image.fromarray(noise.astype(np.uint8)).save(path)
        for kernel in [*kernels, "-"]:
            assert_equal(coulis, path, size, side, kernel)


def test_image_of_the_size_before_leaves_no_trace_in_the_border(coulis, tmp_path):
    large, small = tmp_path / "large.bmp", tmp_path / "small.bmp"
    Image.new("RGB", (80, 80), (255, 255, 255)).save(large)
    Image.new("RGB", (30, 20), (9, 8, 7)).save(small)
    for path in (large, small, large):
        assert_equal(coulis, path, (64, 64), 40)


@pytest.mark.skipif(not FRUITS, reason="COULIS_FRUITS360 is not set")
def test_real_photographs_equal_torchvision(coulis):
    photographs = sorted(pathlib.Path(FRUITS).rglob("*.jpg"))
    for path in random.Random(2).sample(photographs, min(200, len(photographs))):
        assert_equal(coulis, path, (224, 224), 256)
