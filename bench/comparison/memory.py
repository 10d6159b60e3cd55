"""The memory of everything that this process has started, while it runs."""

import ctypes
import os
import signal
import threading
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Whoever a peer leaves behind becomes this process's child, and is seen and ended like the peer."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # It has just ended.
            children.setdefault(parent, []).append(int(entry.name))
    found, unseen = [], [os.getpid()]
    while unseen:
        new = children.get(unseen.pop(), [])
        found += new
        unseen += new
    return found


def pss(pid: int) -> int:
    """Proportional set size in bytes: pages that several processes share count once in their sum."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def high_water(pid: int) -> int:
    """The largest resident set of a process so far, in bytes; 0 once it has ended. (ru_maxrss would begin with that of
    the process which started it.)"""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def end_descendants() -> None:
    for pid in descendants():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    try:
        while os.waitpid(-1, 0):
            pass
    except ChildProcessError:
        pass


class PeakMemory(threading.Thread):
    """`with PeakMemory() as memory: ...`, then `memory.peak`: the largest sum seen, in bytes."""

    INTERVAL = 0.25  # seconds
    # The kernel walks through all pages of a process to say its size: of some gigabytes in 50 ms, in which the process
    # may not get new ones. So what is large is asked less often, and the thread takes a hundredth of a core at most.
    LEAST_PAUSE = 100  # of the processor time that the look before took

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.over = 0, threading.Event()

    def run(self):
        while True:
            began = time.thread_time()
            self.peak = max(self.peak, sum(map(pss, descendants())))
            if self.over.wait(max(self.INTERVAL, self.LEAST_PAUSE * (time.thread_time() - began))):
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
