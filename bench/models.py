#!/usr/bin/env python3
"""Size and speed of installed models beside mobilenet_v2 in f32, as a Markdown table.

    bench/models.py PHOTOGRAPHS [NAME[@PRECISION]]...     default: every installed model in f32

All of them run in turn, round after round, on all cores; a ratio is the median of the rounds' ratios. Only the
engine is timed, its inputs ready (`coulis bench`). COULIS names the program; default build/release/cli/coulis.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from comparison import machine

BASE = "mobilenet_v2@f32"


def coulis(*arguments) -> dict | list:
    program = os.environ.get("COULIS", "build/release/cli/coulis")
    return json.loads(subprocess.run([program, *map(str, arguments), "--json"], check=True, capture_output=True).stdout)


def engine_speed(model: str, photographs: Path, images: int) -> float:
    name, _, precision = model.partition("@")
    report = coulis("bench", photographs, "--model", name, "--precision", precision or "f32", "--images", images,
                    "--rounds", 1, "--quiet")
    return next(stage["images_per_second"] for stage in report["stages"] if stage["stage"] == "engine alone")


def megabytes(shown: dict, precision: str) -> float:
    folder = Path(shown["folder"])
    return (folder / "int8" if precision == "int8" else folder).joinpath("model.bin").stat().st_size / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("models", nargs="*", metavar="NAME[@PRECISION]")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    models = options.models or [model["name"] for model in coulis("models", "list") if model["installed"]]
    models = [BASE, *(model for model in models if model not in (BASE, "mobilenet_v2"))]
    rounds = [{model: engine_speed(model, options.photographs, options.images) for model in models}
              for _ in range(options.rounds)]
    print(f"{machine.describe()}; {options.images} images, {options.rounds} rounds in turn\n")
    print("| model | licence | size, MB | GFLOP | images/s | ratio to mobilenet_v2 f32 |")
    print("|---|---|---|---|---|---|")
    for model in models:
        name, _, precision = model.partition("@")
        shown = coulis("models", "show", name)
        speed = statistics.median(speeds[model] for speeds in rounds)
        ratio = statistics.median(speeds[model] / speeds[BASE] for speeds in rounds)
        print(f"| {model} | {shown['licence']} | {megabytes(shown, precision):.1f} | {shown['gflop']:.2f} | {speed:.0f} | {ratio:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
