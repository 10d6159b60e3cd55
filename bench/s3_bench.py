"""Object storage against the local disk, and small objects against what people read them with.

    python bench/s3_bench.py BUILD [--images 4000] [--rounds 3] [--objects 100000] [--reads 20000] [--work FOLDER]

BUILD is a build folder; scripts/setup --tests has put the S3 server, versitygw, beside it. Needs the Python of the tests
(boto3, s3fs, pyarrow).

First: `coulis run` with mobilenet_v2, images and results in S3 with 10 ms added to every request by a proxy, against
images and results on the disk, in turn. The program has one core, server and proxy have another, because a real S3 is
no neighbour on the same cores; the local run has that one core too.

Then: a bucket of many small objects (hard links below the server to photographs of 32 x 32), no latency, all cores for
all. Listing: all of it. Coulis lists for a name that no object has. Reading: the first objects of the listing, 16 at a
time; Coulis decodes them, runs a tiny network and writes the rows besides. Each contender is a process of its own, and
its own start counts for none but Coulis.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "cli"), str(ROOT / "tests" / "s3"), str(ROOT / "bench")]
from comparison import machine  # noqa: E402
from memory_bench import plant  # noqa: E402
from networks import network  # noqa: E402
from server import REGION, S3Server  # noqa: E402

LATENCY, AT_ONCE = 0.010, 16
PEERS = ("boto3", "s3fs", "pyarrow")


class Coulis:
    def __init__(self, build: Path, work: Path, server: S3Server):
        self.program, self.server = build.resolve() / "cli" / "coulis", server
        self.environment = os.environ | server.environment()
        self.tiny = work / "models"

    def __call__(self, *arguments, cores: set[int] | None = None, endpoint: str | None = None, code: int = 0,
                 **variables) -> float:
        """Seconds."""
        command = [self.program, *map(str, arguments)]
        if endpoint:
            command += ["--s3-endpoint", endpoint, "--s3-region", REGION]
        begun = time.monotonic()
        done = subprocess.run(command, env=self.environment | variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, check=False, preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)))
        assert done.returncode == code, done.stderr
        return time.monotonic() - begun


def apart() -> tuple[set[int], set[int]]:
    """A core for the program, and the others."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def s3_against_disk(coulis: Coulis, work: Path, images: int, rounds: int) -> None:
    from proxy import FaultProxy
    import faults
    own, others = apart()
    coulis("synth", "--count", images, "--out", work / "photos", "--quiet")
    client = coulis.server.client()
    client.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": REGION})
    for path in (work / "photos").rglob("*.jpg"):
        client.put_object(Bucket="photos", Key=path.relative_to(work).as_posix(), Body=path.read_bytes())
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, others)  # The proxy's threads, which are this process's, are born here.
    pin(coulis.server.pid, others)
    proxy = FaultProxy(coulis.server.endpoint)
    proxy.add(faults.latency(LATENCY))
    options = ("--threads", 1, "--overwrite", "--quiet")
    seconds = {"disk": [], "s3": []}
    for turn in range(rounds + 1):  # The first warms up.
        disk = coulis("run", work / "photos", "--out", work / "results", *options, cores=own)
        s3 = coulis("run", "s3://photos/photos", "--out", "s3://photos/results", *options, cores=own,
                    endpoint=proxy.endpoint)
        if turn:
            seconds["disk"].append(disk)
            seconds["s3"].append(s3)
    proxy.stop()
    os.sched_setaffinity(0, everything)
    pin(coulis.server.pid, everything)
    rates = {place: images / statistics.median(taken) for place, taken in seconds.items()}
    ratios = [d / s for d, s in zip(seconds["disk"], seconds["s3"], strict=True)]
    print(f"\n| {images:,} photographs, mobilenet_v2, one core | images/s | of the disk's speed |\n|---|---|---|\n"
          f"| disk to Parquet on disk | {rates['disk']:.0f} | 1 |\n"
          f"| S3 to Parquet in S3, {LATENCY * 1000:.0f} ms a request | {rates['s3']:.0f} | "
          f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) |", flush=True)


def pin(pid: int, cores: set[int]) -> None:
    for thread in Path("/proc", str(pid), "task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def small_objects(coulis: Coulis, work: Path, buckets: Path, objects: int, reads: int, rounds: int) -> None:
    coulis("models", "import", network(work / "tiny.onnx", shape=(1, 3, 32, 32)), "--name", "tiny", "--quiet",
           COULIS_MODELS=str(coulis.tiny))
    coulis("synth", "--count", 20, "--size", "32x32", "--out", work / "small", "--quiet")
    photographs = [path.read_bytes() for path in sorted((work / "small").rglob("*.jpg"))]
    coulis.server.client().create_bucket(Bucket="small", CreateBucketConfiguration={"LocationConstraint": REGION})
    plant(photographs, buckets / "small" / "photos", objects)
    for originals in (buckets / "small" / "photos-originals").iterdir():
        originals.unlink()
    (buckets / "small" / "photos-originals").rmdir()
    taken = {name: [] for name in ("Coulis", *PEERS)}
    for _ in range(rounds):
        taken["Coulis"].append(coulis_small(coulis, work, reads))
        for peer in PEERS:
            taken[peer].append(peer_small(coulis, peer, reads))
    print(f"\n| {objects:,} objects of {sum(map(len, photographs)) / len(photographs):.0f} bytes | list s | GET/s | Coulis"
          " / it: list | Coulis / it: GET/s |\n|---|---|---|---|---|")
    medians = {name: [statistics.median(column) for column in zip(*each, strict=True)] for name, each in taken.items()}
    for name, (listed, read) in medians.items():
        ours = medians["Coulis"]
        print(f"| {name} | {listed:.2f} | {reads / read:,.0f} | {listed / ours[0]:.2f} | {read / ours[1]:.2f} |", flush=True)


def coulis_small(coulis: Coulis, work: Path, reads: int) -> tuple[float, float]:
    """Seconds to list all, and to embed `reads`, less those of embedding one."""
    variables = {"COULIS_MODELS": str(coulis.tiny), "endpoint": coulis.server.endpoint}
    common = ("s3://small/photos", "--model", "tiny", "--io-threads", AT_ONCE, "--overwrite", "--quiet")
    listed = coulis("embed", *common, "--out", work / "none", "--glob", "*.none", code=1, **variables)
    read = coulis("embed", *common, "--out", work / "rows", "--limit", reads, **variables)
    return listed, read


def peer_small(coulis: Coulis, peer: str, reads: int) -> tuple[float, float]:
    done = subprocess.run([sys.executable, __file__, "--peer", peer, coulis.server.endpoint, str(reads)],
                          env=coulis.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed, read, count = done.stdout.split()
    assert int(count) == reads
    return float(listed), float(read)


def as_peer(peer: str, endpoint: str, reads: int) -> None:
    """In a process of its own: lists, reads, prints both times and how many objects were not empty."""
    import peers_s3
    listing, reading = getattr(peers_s3, peer)(endpoint, "small", "photos/", AT_ONCE)
    begun = time.monotonic()
    found = listing()
    listed = time.monotonic()
    count = sum(1 for body in reading(found[:reads]) if body)
    print(listed - begun, time.monotonic() - listed, count)


def main() -> None:
    if sys.argv[1:2] == ["--peer"]:
        return as_peer(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--images", type=int, default=4_000, help="0: only the small objects")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, default=100_000, help="0: only S3 against the disk")
    parser.add_argument("--reads", type=int, default=20_000)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        work = Path(folder)
        server = S3Server(work / "buckets")
        try:
            coulis = Coulis(given.build, work, server)
            print(f"{machine.version(coulis.program)}; {machine.describe()}")
            if given.images:
                s3_against_disk(coulis, work, given.images, given.rounds)
            if given.objects:
                small_objects(coulis, work, work / "buckets", given.objects, given.reads, given.rounds)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
