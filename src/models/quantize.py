"""Makes the int8 network of a model by NNCF's post-training quantisation. `coulis models quantize` runs it.

Its only argument is a JSON file (src/models/quantize.cpp writes it): the network, the images to calibrate on, how they
are normalised, the cosine to aim at, where to write. It prints a line for each step; an error is the last line of
standard error. How and why: docs/decisions/027-mixed-int8.md.
"""

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import contextmanager

os.environ["NNCF_CI"] = "1"  # No telemetry.

import nncf  # noqa: E402
import numpy as np  # noqa: E402
import openvino as ov  # noqa: E402
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters  # noqa: E402
from openvino import opset13 as ops  # noqa: E402
from openvino._offline_transformations import apply_moc_transformations  # noqa: E402

PR_SET_PDEATHSIG = 1
LAYERS = ("Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul")
SENSITIVITY_IMAGES = 32
WORTH_A_LOOK = 1e-4  # A smaller loss of one layer decides nothing.


@contextmanager
def step(what: str, output):
    """Says afterwards what was done and how long it took."""
    start = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - start:.0f} s", file=output)


class Images:
    """Calibration images as the network takes them."""

    def __init__(self, request: dict):
        self.pixels = np.load(request["images"], mmap_mode="r")
        self.mean, self.scale = (np.array(request[name], np.float32) for name in ("mean", "scale"))
        self.channels_last, self.takes_u8 = request["layout"] == "NHWC", request["takes_u8"]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> np.ndarray:
        image = self.pixels[index] if self.takes_u8 else (self.pixels[index] - self.mean) / self.scale
        return np.ascontiguousarray(image if self.channels_last else image.transpose(2, 0, 1))[None]


def outputs(network: ov.Model, images: Images, count: int) -> list[np.ndarray]:
    """For the first images, by the engine's own arithmetic: each output [count, features], a mean over the area."""
    compiled = ov.Core().compile_model(network, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT",
                                                        "INFERENCE_PRECISION_HINT": "f32"})
    rows = [[None] * count for _ in compiled.outputs]
    queue = ov.AsyncInferQueue(compiled)

    def take(request, index):
        for number, output in enumerate(rows):
            values = request.get_output_tensor(number).data
            area = () if values.ndim == 2 else (1, 2) if images.channels_last else (2, 3)
            output[index] = values.mean(axis=area, dtype=np.float64)[0]

    queue.set_callback(take)
    for index in range(count):
        queue.start_async({0: images[index]}, index)
    queue.wait_all()
    return [np.stack(output) for output in rows]


def features(network: ov.Model, images: Images, count: int) -> np.ndarray:
    return outputs(network, images, count)[0]


def loss(rows: np.ndarray, reference: np.ndarray) -> float:
    """Mean of 1 - cosine, without what a shift of each feature takes away."""
    rows = rows - (rows - reference).mean(axis=0)
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(reference, axis=1)
    return float(1 - ((rows * reference).sum(axis=1) / norms).mean())


def read_network(file: str) -> ov.Model:
    network = ov.Core().read_model(file)
    apply_moc_transformations(network, cf=False, smart_reshape=False)  # Batch norm into weights, ReLU6 in one piece.
    return network


def layers(network: ov.Model) -> dict[str, ov.Node]:
    return {node.get_friendly_name(): node for node in network.get_ordered_ops() if node.get_type_name() in LAYERS}


def constant(output: ov.Output) -> np.ndarray:
    """The value of what is computed from constants alone."""
    return next(iter(ov.compile_model(ov.Model([output], []), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})({}).values()))


def is_constant(node: ov.Node) -> bool:
    """Whether no image goes into it."""
    waiting, seen = [node], set()
    while waiting:
        each = waiting.pop()
        if each.get_type_name() == "Parameter":
            return False
        if each.get_friendly_name() not in seen:
            seen.add(each.get_friendly_name())
            waiting += [value.get_node() for value in each.input_values()]
    return True


def quantise_layer(layer: ov.Node, quantised: ov.Node) -> bool:
    """Makes an f32 layer compute as its quantised twin does; False where the twin is not quantised."""
    changed = False
    for port in range(2):
        source = quantised.input_value(port).get_node()
        if source.get_type_name() == "FakeQuantize":
            limits = [ops.constant(constant(source.input_value(i))) for i in range(1, 5)]
            made = ops.fake_quantize(layer.input_value(port), *limits, levels=source.get_attributes()["levels"])
        elif is_constant(layer.input_value(port).get_node()):
            made = ops.constant(constant(quantised.input_value(port)))
        else:
            continue
        layer.input(port).replace_source_output(made.output(0))
        changed = True
    return changed


def quantise(network: ov.Model, images: Images, kept: list[str], **changed) -> ov.Model:
    """All but the layers `kept` and what averages the features, with the bias of every layer corrected."""
    options = {"preset": nncf.QuantizationPreset.MIXED, "fast_bias_correction": False,
               "ignored_scope": nncf.IgnoredScope(names=kept, types=["ReduceMean", "AvgPool"], validate=False)}
    data = nncf.Dataset(range(len(images)), images.__getitem__)
    return nncf.quantize(network.clone(), data, subset_size=len(images), **(options | changed))


def add_mean(network: ov.Model, layer: ov.Node) -> None:
    """One more output: the mean of each of the layer's channels."""
    rank = len(layer.get_output_partial_shape(0))
    channel = rank - 1 if layer.get_type_name() == "MatMul" else 1
    axes = [axis for axis in range(1, rank) if axis != channel]
    mean = ops.reduce_mean(layer, ops.constant(np.array(axes, np.int64))) if axes else layer
    network.add_results([ops.result(mean)])


def shift_channels(layer: ov.Node, shift: np.ndarray) -> None:
    """Adds to each of the layer's channels."""
    rank = len(layer.get_output_partial_shape(0))
    shape = [1] * rank
    shape[rank - 1 if layer.get_type_name() == "MatMul" else 1] = len(shift)
    followers = list(layer.output(0).get_target_inputs())
    shifted = ops.add(layer, ops.constant(shift.reshape(shape).astype(np.float32)))
    for follower in followers:
        follower.replace_source_output(shifted.output(0))


def losses(network: ov.Model, images: Images) -> dict[str, float]:
    """What the quantisation of each layer alone does to the features, its bias corrected."""
    count = min(SENSITIVITY_IMAGES, len(images))
    plain = quantise(network, images, [],
                     advanced_parameters=AdvancedQuantizationParameters(disable_bias_correction=True))
    found = {}
    probed = network.clone()
    for layer in layers(probed).values():
        add_mean(probed, layer)
    reference, *means = outputs(probed, images, count)
    for mean, (name, quantised) in zip(means, layers(plain).items()):
        changed = network.clone()
        layer = layers(changed)[name]
        if not quantise_layer(layer, quantised):
            continue
        found[name] = loss(features(changed, images, count), reference)
        if found[name] > WORTH_A_LOOK:
            probed = changed.clone()
            add_mean(probed, layers(probed)[name])
            shift_channels(layer, (mean - outputs(probed, images, count)[1]).mean(axis=0))
            found[name] = loss(features(changed, images, count), reference)
    return found


def worst(found: dict[str, float], cosine: float) -> list[str]:
    """The layers to keep, so that what the others lose adds up to no more than is allowed."""
    kept, left = [], sum(found.values())
    for name in sorted(found, key=found.get, reverse=True):
        if cosine == 0 or left <= 1 - cosine:
            break
        kept.append(name)
        left -= found[name]
    return kept


def correct_features(int8: ov.Model, network: ov.Model, images: Images) -> None:
    """Ends the network with the line a x + b that brings each feature nearest to f32 (least squares)."""
    result = int8.get_results()[0]
    output = result.input_value(0)
    if output.get_node().get_type_name() == "Softmax":
        return  # Probabilities add up to 1.
    got, wanted = (features(net, images, len(images)) for net in (int8, network))
    variance = got.var(axis=0)
    ridge = 1e-3 * variance.mean() + np.finfo(np.float32).tiny  # A feature that hardly varies keeps its scale.
    covariance = ((got - got.mean(axis=0)) * (wanted - wanted.mean(axis=0))).mean(axis=0)
    slope = (covariance + ridge) / (variance + ridge)
    shift = wanted.mean(axis=0) - slope * got.mean(axis=0)
    rank = len(output.get_partial_shape())
    shape = [1] * rank
    shape[rank - 1 if rank == 2 or images.channels_last else 1] = len(slope)
    made = ops.add(ops.multiply(output, ops.constant(slope.reshape(shape).astype(np.float32))),
                   ops.constant(shift.reshape(shape).astype(np.float32)))
    result.input(0).replace_source_output(made.output(0))
    int8.validate_nodes_and_infer_types()


def readable(layer: ov.Node) -> str:
    """The layer's name, or that of the addition of its bias where its own was made up in a fusion."""
    followers = [each.get_node() for each in layer.output(0).get_target_inputs()]
    return (followers[0] if len(followers) == 1 and followers[0].get_type_name() == "Add" else layer).get_friendly_name()


def take_over_output():
    """Where to print the steps; whatever else is printed belongs to the log."""
    steps = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return steps


def main() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # Nobody waits for what a killed command began.
    steps = take_over_output()
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    images = Images(request)
    network = read_network(request["network"])
    kept = []
    if request["cosine"] > 0:
        with step("measure what each layer would lose", steps):
            kept = worst(losses(network, images), request["cosine"])
    with step(f"quantise all but {len(kept)} layers", steps):
        int8 = quantise(network, images, kept)
    with step("correct the features", steps):
        correct_features(int8, network, images)
    names = [readable(layer) for name, layer in layers(network).items() if name in kept]
    ov.save_model(int8, request["out"], compress_to_fp16=False)
    with open(request["result"], "w", encoding="utf-8") as file:
        json.dump({"kept_in_f32": names}, file)


if __name__ == "__main__":
    main()
