#!/usr/bin/env python3
"""Loss against speed of mobilenet_v2 in other precisions: docs/int8-frontier.svg and a Markdown table.

    ~/.cache/coulis/venv/test/bin/python bench/int8_frontier.py PHOTOGRAPHS --work FOLDER

PHOTOGRAPHS: a folder for each label. The first run makes one network per recipe in FOLDER, in the environment of the
quantiser (`coulis models quantize --prepare`); a later one takes what is there and only measures. Calibrated on 300
photographs, measured on 1,000 others. Speed: one core, the engine alone, CPU time, all networks in turn; the median of
the rounds' ratios to f32. Best run on a quiet machine.
"""

import argparse
import html
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CALIBRATION, MEASURED = 300, 1000


# ---- in the test environment: pixels -------------------------------------------------------------------------------


def prepare(photographs: Path, work: Path) -> None:
    """Pixels as Coulis gives them (Pillow's resize), taking turns with the labels."""
    import hashlib
    import itertools

    import numpy as np
    from PIL import Image
    labels = {}
    for file in sorted(photographs.rglob("*.jpg"), key=lambda path: hashlib.sha256(path.name.encode()).digest()):
        labels.setdefault(file.parent.name, []).append(file)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*(labels[label] for label in sorted(labels))))
    files = list(itertools.islice(filter(None, turns), CALIBRATION + MEASURED))
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB").resize((224, 224))) for file in files])
    np.save(work / "calibration.npy", pixels[:CALIBRATION])
    np.save(work / "measured.npy", pixels[CALIBRATION:])
    (work / "labels.json").write_text(json.dumps([file.parent.name for file in files[CALIBRATION:]]))


# ---- in the quantiser's environment ---------------------------------------------------------------------------------


def recipes(q, worst: list[str]) -> dict:
    """Name → (family, function that makes the network or None for f32's, precision of what is not int8)."""
    import nncf
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters as Advanced
    from nncf.quantization.advanced_parameters import AdvancedSmoothQuantParameters as Smooth
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet as Ranges

    def corrected(int8, network, images):
        q.correct_features(int8, network, images)
        return int8

    def full(kept=(), line=True, **options):
        def make(network, images):
            int8 = q.quantise(network, images, list(kept), **options)
            return corrected(int8, network, images) if line else int8
        return make

    def defaults(network, images):
        return nncf.quantize(network.clone(), nncf.Dataset(range(len(images)), images.__getitem__),
                             subset_size=len(images))

    def accuracy_control(network, images):
        """NNCF's own search: layers go back to f32 until 32 images have the mean cosine."""
        import numpy as np
        count = 32
        reference = q.features(network, images, count)

        def cosine(model, numbers):
            found = np.stack([model(images[number])[0].reshape(-1) for number in numbers])
            wanted = reference[list(numbers)]
            return float(((found * wanted).sum(axis=1) / np.linalg.norm(found, axis=1)
                          / np.linalg.norm(wanted, axis=1)).mean()), None

        data = nncf.Dataset(range(len(images)), images.__getitem__)
        return nncf.quantize_with_accuracy_control(
            network.clone(), data, nncf.Dataset(range(count)), cosine, subset_size=len(images), max_drop=0.005,
            preset=nncf.QuantizationPreset.MIXED, fast_bias_correction=False,
            advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(ranking_subset_size=count))

    table = {
        "f32": ("whole", None, "f32"),
        "bf16": ("whole", None, "bf16"),
        "NNCF's defaults": ("NNCF", defaults, "f32"),
        "asymmetric activations": ("NNCF", full(line=False, fast_bias_correction=True), "f32"),
        "full bias correction": ("NNCF", full(line=False), "f32"),
        "full, SmoothQuant": ("NNCF", full(line=False, advanced_parameters=Advanced(
            smooth_quant_alphas=Smooth(convolution=0.5))), "f32"),
        "full, extreme ranges": ("NNCF", full(line=False, advanced_parameters=Advanced(
            activations_range_estimator_params=Ranges.MINMAX)), "f32"),
        "all int8": ("Coulis", full(), "f32"),
    }
    for count in range(1, 7):
        table[f"{count} in f32"] = ("Coulis", full(worst[:count]), "f32")
    table["3 in bf16"] = ("Coulis", full(worst[:3]), "bf16")
    table["accuracy control"] = ("NNCF", accuracy_control, "f32")
    return table


def make_networks(q, request: dict, work: Path) -> dict:
    """Name → {family, file, rest}; networks that are there stay."""
    images, network = q.Images(request), q.read_network(request["network"])
    losses = work / "losses.json"
    if not losses.exists():
        losses.write_text(json.dumps(q.losses(network, images)))
    loss = json.loads(losses.read_text())
    worst = sorted(loss, key=loss.get, reverse=True)
    made = {}
    for name, (family, make, rest) in recipes(q, worst).items():
        file = Path(request["network"]) if make is None else work / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.xml"
        if not file.exists():
            print(f"making: {name}", flush=True)
            q.ov.save_model(make(network, images), file, compress_to_fp16=False)
        kept = [q.readable(q.layers(network)[layer]) for layer in worst[:int(name[0])]] if name[0].isdigit() else []
        made[name] = {"family": family, "file": str(file), "rest": rest, "kept": kept}
    return made


def compiled(q, request: dict, file: str, precision: str):
    """As src/infer does it: 8-bit pixels in, one stream of one thread."""
    ov = q.ov
    steps = ov.preprocess.PrePostProcessor(ov.Core().read_model(file))
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(request["mean"]).scale(request["scale"])
    steps.input().model().set_layout(ov.Layout(request["layout"]))
    return ov.Core().compile_model(steps.build(), "CPU", {
        "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": "NO",
        "INFERENCE_PRECISION_HINT": precision}).create_infer_request()


def rows(np, request, pixels):
    def features(image):
        request.infer({0: image[None]})
        return request.get_output_tensor(0).data[0].astype(np.float64)
    found = np.stack([features(image) for image in pixels])
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def neighbours(np, found, labels):
    cosine = found @ found.T
    np.fill_diagonal(cosine, -2)
    return labels[cosine.argmax(axis=1)]


def measure(work: Path, rounds: int, images: int) -> None:
    sys.path.insert(0, str(ROOT / "src" / "models"))
    import numpy as np
    import quantize as q
    request = json.loads((work / "request.json").read_text())
    networks = make_networks(q, request, work)
    pixels, labels = np.load(work / "measured.npy")[:images], np.array(json.loads((work / "labels.json").read_text()))
    labels = labels[:images]
    running = {name: compiled(q, request, each["file"], each["rest"]) for name, each in networks.items()}
    print("measuring the loss", flush=True)
    reference = rows(np, running["f32"], pixels)
    before = neighbours(np, reference, labels)
    for name, each in networks.items():
        found = rows(np, running[name], pixels)
        cosine, after = (found * reference).sum(axis=1), neighbours(np, found, labels)
        each |= {"mean": cosine.mean(), "percentile": np.percentile(cosine, 1), "minimum": cosine.min(),
                 "accuracy": (after == labels).mean(), "changed": (after != before).mean()}
    print("measuring the speed", flush=True)
    times = {name: [] for name in networks}
    for _ in range(rounds):
        for name, request_ in running.items():
            for warm in range(3):
                request_.infer({0: pixels[warm][None]})
            start = time.process_time()
            for image in pixels[:32]:
                request_.infer({0: image[None]})
            times[name].append((time.process_time() - start) / 32 * 1000)
    for name, each in networks.items():
        each["milliseconds"] = float(np.median(times[name]))
        each["speed"] = float(np.median(np.array(times["f32"]) / np.array(times[name])))
    processor = q.ov.Core().get_property("CPU", "FULL_DEVICE_NAME")
    result = {"processor": processor, "openvino": q.ov.__version__, "nncf": q.nncf.__version__, "images": len(pixels),
              "rounds": rounds, "load": os.getloadavg()[0], "networks": networks}
    (work / "result.json").write_text(json.dumps(result, indent=1, default=float))


# ---- the picture ------------------------------------------------------------------------------------------------------

COLOURS = {"whole": "#444444", "NNCF": "#b5651d", "Coulis": "#1f6f4a"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 440, 70, 30, 30, 60


def picture(result: dict) -> str:
    """Speed to the right, loss (1 - mean cosine, logarithmic) downwards: the better, the further up and right."""
    from math import log10
    shown = {name: each for name, each in result["networks"].items() if name != "f32"}
    most, least = 0.1, 0.001
    fastest = max(2.4, *(each["speed"] + 0.1 for each in shown.values()))

    def x(speed):
        return LEFT + (speed - 1) / (fastest - 1) * (WIDTH - LEFT - RIGHT)

    def y(loss):
        share = (log10(max(loss, least)) - log10(least)) / (log10(most) - log10(least))
        return TOP + share * (HEIGHT - TOP - BOTTOM)

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for loss in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1):
        lines.append(f'<path d="M{LEFT} {y(loss):.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
                     f'<text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{1 - loss:.3f}</text>')
    for tenth in range(10, int(fastest * 10) + 1, 2):
        at = x(tenth / 10)
        lines.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eeeeee"/>'
                     f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tenth / 10:.1f}</text>')
    lines.append(f'<rect x="{x(1.8):.1f}" y="{y(least):.1f}" width="{WIDTH - RIGHT - x(1.8):.1f}" '
                 f'height="{y(0.01) - y(least):.1f}" fill="#1f6f4a" opacity="0.08"/>')
    path = [each for name, each in shown.items() if name == "all int8" or name.endswith(" in f32")]
    points = " ".join(f"{x(each['speed']):.1f},{y(1 - each['mean']):.1f}" for each in path)
    lines.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS["Coulis"]}" stroke-dasharray="4 3"/>')
    for name, each in shown.items():
        px, py = x(each["speed"]), y(1 - each["mean"])
        lines.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4.5" fill="{COLOURS[each["family"]]}"/>'
                     f'<text x="{px + 8:.1f}" y="{py + 4:.1f}" fill="{COLOURS[each["family"]]}">{html.escape(name)}</text>')
    lines.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">speed, f32 = 1 '
                 f'({html.escape(result["processor"])}, one core)</text>'
                 f'<text x="{LEFT}" y="{TOP - 10}">mean cosine to f32 (shaded: the goal)</text></svg>')
    return "\n".join(lines) + "\n"


def table(result: dict) -> str:
    lines = ["| network | mean cosine | 1st percentile | minimum | 1-NN accuracy | label changed | speed |",
             "|---|---|---|---|---|---|---|"]
    for name, each in result["networks"].items():
        lines.append(f"| {name} | {each['mean']:.4f} | {each['percentile']:.4f} | {each['minimum']:.4f} | "
                     f"{100 * each['accuracy']:.1f} % | {100 * each['changed']:.1f} % | {each['speed']:.2f} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--images", type=int, default=MEASURED)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)  # In the quantiser's environment.
    options = parser.parse_args()
    if options.measure:
        measure(options.work, options.rounds, options.images)
        return 0
    options.work.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("COULIS", str(ROOT / "build/release/cli/coulis"))
    shown = json.loads(subprocess.run([program, "models", "show", "mobilenet_v2", "--json"], check=True,
                                      capture_output=True).stdout)
    description = json.loads(Path(shown["folder"], "model.json").read_text())
    (options.work / "request.json").write_text(json.dumps({
        "network": str(Path(shown["folder"], "model.xml")), "images": str(options.work / "calibration.npy"),
        "layout": description["layout"], "takes_u8": False, "mean": description["mean"], "scale": description["scale"]}))
    if not (options.work / "labels.json").exists():
        prepare(options.photographs, options.work)
    subprocess.run([program, "models", "quantize", "--prepare"], check=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "coulis", "python")
    python = max(cache.glob("quantizer-*/bin/python"), key=lambda path: path.lstat().st_mtime)
    subprocess.run([python, __file__, options.photographs, "--work", options.work, "--rounds", str(options.rounds),
                    "--images", str(options.images), "--measure"], check=True)
    result = json.loads((options.work / "result.json").read_text())
    (ROOT / "docs" / "int8-frontier.svg").write_text(picture(result))
    print(table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
