"""Coulis: `coulis run`, started anew for each job. Its own clock (run.json) counts from the listing of the folder to
the last Parquet file; what else the command does, loading the network and validation at the end, is its start-up."""

import json
import os
import subprocess
import time
from pathlib import Path

from protocol import FEATURES, REDUCED, serve


def start(settings):
    return runs_of(settings, "--threads", str(settings.threads))


def runs_of(settings, *arguments, **environment):
    """The job: `coulis run` with these arguments and variables besides."""
    def job(images, out):
        began = time.monotonic()
        done = subprocess.run([settings.coulis, "run", images, "--out", out, "--model", settings.model,
                               "--precision", settings.precision, "--quiet", *arguments], env=os.environ | environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().removeprefix("coulis: error: "))
        timing = json.loads((Path(out) / "run.json").read_text(encoding="utf-8"))["timing"]
        whole = timing["embed_seconds"] + timing["reduce_seconds"]
        return {FEATURES: timing["embed_seconds"], REDUCED: whole}, time.monotonic() - began - whole

    return job


if __name__ == "__main__":
    serve(start)
