"""Pictures as the peers in Python prepare them: Pillow and NumPy, the same pixels that Coulis gives its engine."""

import io

import numpy as np
from PIL import Image


def load(content: bytes, width: int, height: int) -> np.ndarray:
    """RGB, uint8, height x width x 3."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB").resize((width, height)))


class Normaliser:
    """Stacks pictures into what the ONNX network takes: f32, N x 3 x height x width, (pixel - mean) / scale."""

    def __init__(self, settings):
        self.size = settings.width, settings.height
        self.factor = (1 / np.asarray(settings.scale, np.float32))[:, None, None]
        self.offset = np.asarray(settings.mean, np.float32)[:, None, None] * self.factor

    def __call__(self, contents) -> np.ndarray:
        batch = np.empty((len(contents), 3, self.size[1], self.size[0]), np.float32)
        for row, content in zip(batch, contents):
            np.multiply(load(content, *self.size).transpose(2, 0, 1), self.factor, out=row)
        batch -= self.offset
        return batch
