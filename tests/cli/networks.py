"""Small networks to import."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 6


def network(path: Path, shape=("batch", 3, 32, 24), inputs: int = 1, channels_last=False, kind=TensorProto.FLOAT,
            seed=0, scores: int = 4) -> Path:
    """Convolution (layer "conv"), ReLU ("relu"), mean over height and width, product with a matrix ("scores")."""
    random = np.random.default_rng(seed)
    filters = random.normal(0, 0.2, (CHANNELS, 3, 3, 3)).astype(np.float32)
    matrix = random.normal(0, 1, (CHANNELS, scores)).astype(np.float32)
    names = [f"image{i}" if i else "image" for i in range(inputs)]
    nodes, value = [], names[0]
    for other in names[1:]:
        nodes.append(helper.make_node("Add", [value, other], ["sum"], name="sum"))
        value = "sum"
    if kind != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [value], ["number"], name="number", to=TensorProto.FLOAT))
        value = "number"
    if channels_last:
        nodes.append(helper.make_node("Transpose", [value], ["first"], name="first", perm=[0, 3, 1, 2]))
        value = "first"
    nodes += [
        helper.make_node("Conv", [value, "filters"], ["conv"], name="conv", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv"], ["relu"], name="relu"),
        helper.make_node("GlobalAveragePool", ["relu"], ["pooled"], name="pooled"),
        helper.make_node("Flatten", ["pooled"], ["flat"], name="flat"),
        helper.make_node("MatMul", ["flat", "matrix"], ["scores"], name="scores"),
    ]
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info(name, kind, shape) for name in names],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [shape[0], scores])],
        [numpy_helper.from_array(filters, "filters"), numpy_helper.from_array(matrix, "matrix")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
