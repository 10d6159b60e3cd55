"""Runs the program as a user would, and holds it to the form of what it prints."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A layer near the input: 24 features, so that neither the network nor the PCA takes time. For tests of
# everything but numbers.
QUICK = ("--layer", "features.3")
QUICK_LENGTH = 24

PROGRESS_LINE = re.compile(r"(starting|packing|embedding|fitting PCA|projecting|validating|measuring|done)\b")
ENOUGH_SECONDS = 300  # Only against a test that would hang for ever.


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[str]:
        """Lines of standard error that are not progress."""
        return [line for line in self.err.splitlines() if not PROGRESS_LINE.match(line)]


class Coulis:
    """The program, with models and a cache of its own."""

    def __init__(self, binary: Path, environment: dict[str, str], prefix: tuple[str, ...] = (),
                 said: list[str] | None = None):
        self.binary, self.environment, self.prefix = binary, environment, prefix
        self.said = said  # Where it is a list, all that is printed is added to it.

    def under(self, *prefix: str) -> "Coulis":
        """The same, started through another program (setpriv …)."""
        return Coulis(self.binary, self.environment, prefix, self.said)

    def having(self, **variables: str | Path) -> "Coulis":
        """The same, with other environment variables."""
        return Coulis(self.binary, self.environment | {k: str(v) for k, v in variables.items()}, self.prefix, self.said)

    def recorded(self) -> "Coulis":
        """The same, whose `said` gets all that it prints from now on."""
        return Coulis(self.binary, self.environment, self.prefix, [])

    def command(self, *arguments) -> list[bytes]:
        return [os.fsencode(part) if isinstance(part, (str, bytes, Path)) else str(part).encode()
                for part in (*self.prefix, self.binary, *arguments)]

    def try_(self, *arguments, **popen) -> Outcome:
        done = subprocess.run(self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=ENOUGH_SECONDS, check=False, **popen)
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        if self.said is not None:
            self.said += [outcome.out, outcome.err]
        return outcome

    def __call__(self, *arguments, **popen) -> Outcome:
        """Must succeed, and have nothing to say on standard error but progress and warnings."""
        outcome = self.try_(*arguments, **popen)
        assert outcome.code == 0, outcome
        assert all(line.startswith("coulis: warning: ") for line in outcome.messages), outcome
        return outcome

    def fails(self, code: int, *arguments, **popen) -> str:
        """Must end with `code` and exactly one line of error, which is returned without its beginning."""
        outcome = self.try_(*arguments, **popen)
        assert outcome.code == code, outcome
        return the_error(outcome)

    @contextmanager
    def started(self, *arguments, **popen):
        """The running process; killed at the end of the block when it is still there."""
        piped = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | popen
        with subprocess.Popen(self.command(*arguments), env=self.environment, **piped) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)


def the_error(outcome: Outcome) -> str:
    """The one line of error, without its beginning."""
    assert len(outcome.messages) == 1, outcome
    line = outcome.messages[0]
    assert line.startswith("coulis: error: "), outcome
    message = line.removeprefix("coulis: error: ")
    assert message.strip() == message and not message.endswith("."), outcome
    return message


def ended(process: subprocess.Popen) -> Outcome:
    """Waits for a started process."""
    out, err = process.communicate(timeout=ENOUGH_SECONDS)
    return Outcome(process.returncode, out.decode(), err.decode())
