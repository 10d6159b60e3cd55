"""What packing gains: reading small files one by one and packed, from a folder and from a bucket, in turn.

usage: bench/pack_bench.py [--images N] [--rounds N] [--latency MS] [--coulis PROGRAM]

Runs in the environment of the tests (~/.cache/coulis/venv/test); the bucket is on the tests' S3 server, behind a proxy
that answers every request later. Prints images/s of the stage "read" of `coulis bench`, the median over the rounds, and
the requests that one pass over the bucket takes.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("s3", "cli")]

from bucket import Bucket  # noqa: E402
from command import QUICK, Coulis  # noqa: E402
from faults import latency  # noqa: E402
from proxy import FaultProxy  # noqa: E402
from server import S3Server  # noqa: E402


def read_rate(coulis: Coulis, place, flags) -> float:
    report = json.loads(coulis("bench", place, *flags, "--rounds", 1, "--images", 0, "--json", *QUICK, "--quiet").out)
    return next(stage["images_per_second"] for stage in report["stages"] if stage["stage"] == "read")


def measure(coulis: Coulis, options, scratch: Path) -> None:
    photos = scratch / "photos"
    coulis("synth", "--count", options.images, "--size", "100x100", "--out", photos, "--quiet")
    forms = {"files": photos}
    for form in ("tar", "parquet"):
        forms[form] = scratch / form
        coulis("pack", photos, "--out", forms[form], "--format", form, "--shard-size", "4MB", "--quiet")
    server = S3Server(scratch / "buckets")
    bucket = Bucket(server, "bench")
    for form, folder in forms.items():
        bucket.upload(folder, form)
    proxy = FaultProxy(server.endpoint)
    proxy.add(latency(options.latency / 1000))
    there = coulis.having(**bucket.environment)
    flags = (*bucket.flags(proxy.endpoint), "--threads", 16)
    rates: dict = {}
    for _ in range(options.rounds):
        for form, folder in forms.items():
            rates.setdefault((form, "folder"), []).append(read_rate(coulis, folder, ("--threads", 2)))
            rates.setdefault((form, "bucket"), []).append(read_rate(there, bucket.uri(form), flags))
    print("| | folder, images/s | bucket, images/s |\n|---|---|---|")
    for form in forms:
        print(f"| {form} | " + " | ".join(f"{statistics.median(rates[form, place]):,.0f}" for place in ("folder", "bucket")) + " |")
    proxy.stop()
    server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=10, help="milliseconds")
    parser.add_argument("--coulis", type=Path, default=ROOT / "build" / "release" / "cli" / "coulis")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        measure(Coulis(options.coulis, dict(os.environ)), options, Path(scratch))


if __name__ == "__main__":
    main()
