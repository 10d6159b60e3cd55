"""OpenVINO's settings on Coulis's own network: batch, streams, threads, pinning, and who brings pixels to f32.

    python bench/engine_settings.py [--model FOLDER] [--seconds 4] [--rounds 3]

FOLDER is a model's (default: mobilenet_v2 as installed). OpenVINO's Python package, from the environment that
`bench/compare` makes for Daft, drives the same engine that Coulis has, inputs ready; the settings take turns. Prints
images/s (median of the rounds) and the ratio to the settings that Coulis has, taken round by round.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from comparison import environments, machine, ratios

IN_ENVIRONMENT = "COULIS_ENGINE_SETTINGS"


def settings(cores: int) -> dict[str, dict]:
    """By name: what differs from Coulis's settings."""
    return {
        "Coulis's: a request of batch 1 and a stream of 1 thread for each core, no pinning, u8 input": {},
        "batch 4": {"batch": 4},
        "batch 8": {"batch": 8},
        "batch 16": {"batch": 16},
        f"1 stream of {cores} threads": {"streams": 1},
        f"1 stream of {cores} threads, batch 8": {"streams": 1, "batch": 8},
        "pinned": {"pinning": True},
        f"{2 * cores} requests for {cores} streams": {"requests": 2 * cores},
        "f32 NCHW input, already scaled": {"u8": False},
    }


def compiled(model: pathlib.Path, batch: int, streams: int, threads: int, pinning: bool, u8: bool):
    import openvino as ov
    from openvino.preprocess import PrePostProcessor

    core = ov.Core()
    network = core.read_model(model / "model.xml")
    description = json.loads((model / "model.json").read_text(encoding="utf-8"))
    network.reshape([batch, *network.input().shape[1:]])
    if u8:
        steps = PrePostProcessor(network)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().model().set_layout(ov.Layout(description["layout"]))
        steps.input().preprocess().convert_element_type(ov.Type.f32).mean(description["mean"]).scale(
            description["scale"])
        network = steps.build()
    return core.compile_model(network, "CPU", {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": threads,
                                               "ENABLE_CPU_PINNING": pinning, "INFERENCE_PRECISION_HINT": "f32",
                                               "PERFORMANCE_HINT": "LATENCY"})


def rate(network, requests: int, batch: int, seconds: float) -> float:
    """Images/s of so many threads, each with a request of its own."""
    counts, end = [0] * requests, []

    def work(place: int) -> None:
        request = network.create_infer_request()
        request.infer()
        ready.wait()
        while time.perf_counter() < end[0]:
            request.infer()
            counts[place] += batch

    ready = threading.Barrier(requests, action=lambda: end.append(time.perf_counter() + seconds))
    threads = [threading.Thread(target=work, args=(place,)) for place in range(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def measure(model: pathlib.Path, seconds: float, rounds: int) -> None:
    cores = machine.cores()
    ready = {}
    for name, changed in settings(cores).items():
        chosen = {"batch": 1, "streams": cores, "pinning": False, "u8": True} | changed
        requests = chosen.pop("requests", chosen["streams"])
        ready[name] = (compiled(model, threads=cores, **chosen), requests, chosen["batch"])
    measured = {name: [] for name in ready}
    for _ in range(rounds):
        for name, (network, requests, batch) in ready.items():
            measured[name].append(rate(network, requests, batch, seconds))
    print(f"{machine.describe()}; {rounds} rounds of {seconds:g} s in turn\n")
    print(ratios.table("settings", "Coulis's", measured))


def main() -> None:
    data = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local" / "share")
    models = pathlib.Path(os.environ.get("COULIS_MODELS") or data / "coulis" / "models")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, default=models / "mobilenet_v2")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if IN_ENVIRONMENT in os.environ:
        measure(given.model, given.seconds, given.rounds)
    else:
        python = environments.python_of("daft")
        sys.exit(subprocess.run([python, *sys.argv], env=os.environ | {IN_ENVIRONMENT: "1"}, check=False).returncode)


if __name__ == "__main__":
    main()
