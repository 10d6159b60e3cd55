"""How long Pillow takes for the images that image_bench measures: open, convert("RGB"), resize to 224 x 224.

    python bench/pillow_bench.py FILE...
"""

import io
import pathlib
import sys
import time

from PIL import Image


def prepare(data):
    return Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224)).tobytes()


def decode(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


def microseconds(run):
    """The best of five rounds of at least 0.2 s of processor time."""
    best = float("inf")
    for _ in range(5):
        count = 0
        start = time.process_time()
        while time.process_time() - start < 0.2:
            run()
            count += 1
        best = min(best, (time.process_time() - start) / count)
    return best * 1e6


for path in map(pathlib.Path, sys.argv[1:]):
    data = path.read_bytes()
    image = decode(data)
    print(f"{path.name:30} prepare {microseconds(lambda: prepare(data)):10.0f} us   "
          f"decode {microseconds(lambda: decode(data)):10.0f} us   "
          f"resize {microseconds(lambda: image.resize((224, 224))):10.0f} us")
