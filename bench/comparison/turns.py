"""A turn: a contender's process is started, warmed up, does the whole job once, and is ended."""

import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .contenders import Contender
from .environments import BENCH
from .memory import PeakMemory, end_descendants

LONGEST = 3600  # seconds that a turn may take: only against one that would hang for ever


class PeerError(Exception):
    """What a contender's process failed with, in one line."""


@dataclass
class Turn:
    seconds: dict[str, float]  # of each task
    start_up: float
    peak: int  # bytes
    versions: dict[str, str]


class Peer:
    """The process, and its answers. To be used as a context."""

    def __init__(self, contender: Contender, python: Path, settings: dict, log: Path):
        self.log = log
        # Its own workers, of Ray and Spark, must find the modules too.
        environment = os.environ | {"PYTHONPATH": str(BENCH / "peers"), "PYTHONDONTWRITEBYTECODE": "1",
                                    "PYSPARK_PYTHON": str(python)}
        with log.open("ab") as errors:
            self.process = subprocess.Popen([python, BENCH / "peers" / contender.script, json.dumps(settings)],
                                            env=environment, cwd=log.parent, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=errors, text=True)
        self.timer = threading.Timer(LONGEST, self.process.kill)

    def __enter__(self):
        self.timer.start()
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        end_descendants()
        self.process.wait()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise PeerError(f"its process ended without an answer; its log: logs/{self.log.name}")
        answer = json.loads(line)
        if error := answer.get("error"):
            raise PeerError(short(error))
        return answer

    def job(self, images: Path, out: Path) -> dict:
        shutil.rmtree(out, ignore_errors=True)
        self.process.stdin.write(json.dumps({"images": str(images), "out": str(out)}) + "\n")
        self.process.stdin.flush()
        return self.answer()


def take_turn(peer: Peer, warm_up: Path, images: Path, out: Path) -> Turn:
    began = time.monotonic()
    with PeakMemory() as memory, peer:
        versions = peer.answer()["versions"]
        start_up = time.monotonic() - began
        peer.job(warm_up, out)
        done = peer.job(images, out)
    return Turn(done["seconds"], done.get("start_up", start_up), memory.peak, versions)


def short(text: str) -> str:
    """One line that fits into a table."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}…"
