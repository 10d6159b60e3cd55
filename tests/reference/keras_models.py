"""keras_models.py FOLDER PHOTOGRAPH...: models of Keras with weights at random, saved, and what they predict.

Runs in an environment of its own (scripts/requirements/keras.txt). For each model of MODELS it leaves NAME.h5 or
NAME.weights.h5, and NAME.npz with the features and, where there is a top, the softmax of each photograph.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

# Name → alpha, (height, width), with the top?, layout. The name's random numbers begin with its place in this table.
MODELS = {
    "classic_100": (1.0, (224, 224), True, "classic"),
    "whole_140": (1.4, (224, 224), True, "whole"),
    "keras3_050": (0.5, (224, 224), True, "keras3"),
    "keras3_100": (1.0, (224, 224), False, "keras3"),
    "whole_050_160": (0.5, (160, 160), False, "whole"),
    "keras3_140_97": (1.4, (97, 97), True, "keras3"),
    "whole_100_oblong": (1.0, (128, 97), False, "whole"),
}


def randomise(model, seed: int):
    """Kernels that keep the signal's size, and batch normalisation that is anything but the identity."""
    import numpy as np

    random = np.random.default_rng(seed)
    for layer in model.layers:
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if len(shapes) == 4:  # gamma, beta, mean, variance
            layer.set_weights([random.uniform(0.5, 1.5, shapes[0]), random.normal(0.3, 0.5, shapes[1]),
                               random.normal(0, 0.5, shapes[2]), random.uniform(0.2, 2, shapes[3])])
        elif shapes:
            depthwise = len(shapes[0]) == 4 and shapes[0][3] == 1
            fan_in = np.prod(shapes[0][:2] if depthwise else shapes[0][:-1])
            # Of the classifier less, or its softmax would be all in one class, and magnify every rounding on its way.
            gain = 0.2 if len(shapes[0]) == 2 else 2
            layer.set_weights([random.normal(0, np.sqrt(gain / fan_in), shapes[0]),
                               *(random.normal(0, 0.5, shape) for shape in shapes[1:])])


def save(model, folder: Path, name: str, layout: str):
    if layout == "keras3":
        model.save_weights(folder / f"{name}.weights.h5")
    elif layout == "whole":
        model.save(folder / f"{name}.h5")
    else:  # As Keras 2's save_weights("x.h5") did, and as the official files are.
        import h5py
        from keras.src.legacy.saving import legacy_h5_format

        with h5py.File(folder / f"{name}.h5", "w", libver="latest") as file:  # The newer form of HDF5, and shorter.
            legacy_h5_format.save_weights_to_hdf5_group(file, model)


def predict(model, files: list[str], size: tuple[int, int], top: bool) -> dict:
    """As the chain that Coulis replaces does it: Pillow, img_to_array, preprocess_input, predict."""
    import keras
    import numpy as np
    from keras.applications.mobilenet_v2 import preprocess_input
    from PIL import Image

    pixels = [keras.utils.img_to_array(Image.open(file).convert("RGB").resize(size[::-1])) for file in files]
    last = model.get_layer("out_relu").output
    outputs = [keras.layers.GlobalAveragePooling2D()(last)] + ([model.output] if top else [])
    values = keras.Model(model.input, outputs).predict(preprocess_input(np.stack(pixels)), batch_size=8, verbose=0)
    return dict(zip(("features", "predictions"), values if top else [values[0] if isinstance(values, list) else values]))


def main():
    import keras
    import numpy as np

    folder, files = Path(sys.argv[1]), sys.argv[2:]
    for seed, (name, (alpha, size, top, layout)) in enumerate(MODELS.items()):
        keras.backend.clear_session()
        model = keras.applications.MobileNetV2(input_shape=(*size, 3), alpha=alpha, include_top=top, weights=None)
        randomise(model, seed)
        save(model, folder, name, layout)
        np.savez(folder / f"{name}.npz", **predict(model, files, size, top))
    # Another architecture, to be refused.
    other = keras.applications.MobileNet(input_shape=(96, 96, 3), alpha=0.25, weights=None)
    other.save_weights(folder / "mobilenet_v1.weights.h5")
    other.save(folder / "mobilenet_v1.h5")


if __name__ == "__main__":
    main()
