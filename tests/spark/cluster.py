"""A standalone cluster of Spark's own on this machine: a master and workers, each a process."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ENOUGH_SECONDS = 300  # Only against a cluster that would never start.


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    def __init__(self, home: Path, folder: Path, environment: dict[str, str], workers: int = 2, cores: int = 1):
        self._home, self._folder, self._cores = home, folder, str(cores)
        self._environment = environment | {
            "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
        folder.mkdir()
        self.url = f"spark://127.0.0.1:{free_port()}"
        self._state = f"http://127.0.0.1:{free_port()}/json/"
        self._master = self._start("master.Master", "--host", "127.0.0.1", "--port", self.url.rsplit(":", 1)[1],
                                   "--webui-port", self._state.split(":")[2].removesuffix("/json/"))
        self.workers: list[subprocess.Popen] = []
        for _ in range(workers):
            self.add_worker()

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen:
        with (self._folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen([self._home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", *arguments],
                                    env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def add_worker(self) -> None:
        folder = self._folder / f"worker-{len(self.workers)}-{time.monotonic_ns()}"
        self.workers.append(self._start("worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "-c", self._cores,
                                        "-m", "700m", "-d", str(folder), self.url))
        self._wait_for(len(self.workers))

    def _wait_for(self, workers: int) -> None:
        until = time.monotonic() + ENOUGH_SECONDS
        while self._state_text().count('"ALIVE"') < workers + 1:  # The master is, too.
            assert time.monotonic() < until and self._master.poll() is None, "the cluster does not start"
            time.sleep(0.1)

    def _state_text(self) -> str:
        try:
            with urllib.request.urlopen(self._state, timeout=ENOUGH_SECONDS) as answer:
                return answer.read().decode().replace(" ", "")
        except OSError:
            return ""

    def executors(self) -> list[int]:
        """Process numbers, of each worker's in turn."""
        ours = {worker.pid for worker in self.workers}
        return [child for child, parent, line in processes() if parent in ours and "CoarseGrainedExecutorBackend" in line]

    def lose_worker(self) -> None:
        """The last one and its executor, at once."""
        worker = self.workers.pop()
        executors = [child for child, parent, line in processes() if parent == worker.pid]
        worker.kill()
        for executor in executors:
            os.kill(executor, signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        for process in (*self.workers, self._master):
            process.terminate()
        for process in (*self.workers, self._master):
            process.wait(ENOUGH_SECONDS)


def processes() -> list[tuple[int, int, str]]:
    """Number, parent and command line of all that run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            found.append((int(folder.name), parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()))
        except (OSError, UnicodeDecodeError):
            continue
    return found
