"""tensorflow_models.py FOLDER PHOTOGRAPH...: small networks of TensorFlow with weights at random, in its formats.

Runs in an environment of its own (scripts/requirements/keras.txt). It leaves saved_model/, float.tflite and, for each
name of QUANTISED, NAME.tflite; and float.npy with what the network gives for each photograph.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

SIDE = 64
# Name → type of input and output, has an operation that Coulis does not do exactly?
QUANTISED = {"int8_bytes": ("uint8", False), "int8_floats": ("float32", False), "int8_tanh": ("uint8", True)}


def network(tanh: bool, seed: int):
    """Every operation that Coulis does exactly, in one small classifier."""
    import keras
    import numpy as np
    from keras import layers

    keras.utils.set_random_seed(seed)
    image = keras.Input((SIDE, SIDE, 3), batch_size=1)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu6")(image)
    first = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.Conv2D(32, 1, dilation_rate=1)(first)
    x = layers.Add()([first, x])
    x = layers.Activation("tanh")(x) if tanh else layers.ReLU()(x)
    x = layers.Concatenate()([layers.MaxPooling2D(3, strides=2, padding="same")(x),
                              layers.AveragePooling2D(3, strides=2, padding="same")(x)])
    x = layers.ZeroPadding2D(((0, 1), (1, 2)))(x)
    x = layers.Conv2D(24, 5, strides=3, dilation_rate=1, activation="relu")(x)
    pooled = layers.GlobalAveragePooling2D()(x)
    x = layers.Concatenate()([pooled, layers.Flatten()(layers.AveragePooling2D(2)(x))])
    x = layers.Dense(40, activation="relu")(x)
    model = keras.Model(image, layers.Softmax()(layers.Dense(10)(x)))
    random = np.random.default_rng(seed)
    # Channels of very different size, and biases, so that each has a scale of its own.
    for layer in model.layers:
        if weights := layer.get_weights():
            spread = 2.0 ** random.uniform(-2, 1, weights[0].shape[-1])
            layer.set_weights([weights[0] * spread * 1.5, random.normal(0, 0.3, weights[1].shape)])
    return model


def read(file: str):
    import numpy as np
    from PIL import Image

    pixels = np.asarray(Image.open(file).convert("RGB").resize((SIDE, SIDE)), dtype=np.float32)
    return pixels[None] / 127.5 - 1


def main(folder: Path, files: list[str]):
    import numpy as np
    import tensorflow as tf

    images = [read(file) for file in files]
    model = network(tanh=False, seed=1)
    model.export(folder / "saved_model", verbose=False)
    (folder / "float.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    np.save(folder / "float.npy", np.concatenate([model.predict(image, verbose=0) for image in images]))
    for seed, (name, (kind, tanh)) in enumerate(QUANTISED.items()):
        converter = tf.lite.TFLiteConverter.from_keras_model(network(tanh, seed + 2))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image] for image in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.as_dtype(kind)
        (folder / f"{name}.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
