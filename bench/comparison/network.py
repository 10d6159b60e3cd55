"""The network that all engines run: Coulis's own, as ONNX, and what a picture must go through before it."""

import json
import os
import subprocess
from pathlib import Path

import onnx


def export(coulis: Path, model: str, folder: Path) -> dict:
    """The settings of every peer that come with the network. The batch may be of any size: engines differ in theirs."""
    file = folder / f"{model}.onnx"
    subprocess.run([coulis, "models", "export", model, "--onnx", file], check=True, stdout=subprocess.DEVNULL)
    network = onnx.load(file)
    for value in (*network.graph.input, *network.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    del network.graph.value_info[:]
    onnx.save(network, file)
    described = json.loads((models_folder() / model / "model.json").read_text(encoding="utf-8"))
    preparation = {name: described[name] for name in ("width", "height", "mean", "scale")}
    return {"model": model, "onnx": str(file)} | preparation


def models_folder() -> Path:
    """Where the command keeps models (README.md)."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(os.environ.get("COULIS_MODELS") or Path(data, "coulis", "models"))
