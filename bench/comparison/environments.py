"""The Python environments of the peers, and SynapseML's jars: in the user's cache, pinned, made once."""

import os
import shutil
import subprocess
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
PINS = BENCH / "requirements"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coulis" / "compare"
COMMANDS = {"java": "openjdk-17-jre-headless", "mvn": "maven"}  # what Spark and its jars need, and Debian's packages
# The same that makes the environments of the tests.
SCRIPTS = "for part in steps packages wheels jars; do source scripts/lib/$part.sh; done; log=$1; shift; "


class SetupError(Exception):
    """Why a contender cannot take part, in one line."""


def python_of(environment: str) -> Path:
    """The Python with what bench/requirements/ENVIRONMENT.txt pins."""
    venv = CACHE / environment
    in_bash(f"{environment}.log", 'make_venv "$@"', venv, PINS / f"{environment}.txt")
    return venv / "bin" / "python"


def in_bash(log_name: str, command: str, *arguments) -> str:
    """What the command prints."""
    CACHE.mkdir(parents=True, exist_ok=True)
    log = CACHE / log_name
    log.write_bytes(b"")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", SCRIPTS + command, "bash", log, *arguments],
                          cwd=BENCH.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"could not be set up: {last_error(log.read_text() + done.stderr)}")
    return done.stdout


def last_error(text: str) -> str:
    """What a table can show: one line, without the place of this work tree."""
    lines = [line.strip() for line in text.replace(f"{BENCH.parent}/", "").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "[error]"))]
    return (errors or lines or ["without a word"])[-1]


def java() -> None:
    if missing := [package for command, package in COMMANDS.items() if shutil.which(command) is None]:
        in_bash("java.log", 'install_packages "$@"', *missing)


def synapseml_jars() -> Path:
    """A folder with SynapseML's jars, from Maven, each with the hash that is pinned."""
    pins = PINS / "synapseml.xml", PINS / "synapseml.sha256"
    return Path(in_bash("jars.log", 'fetch_jars "$@" >/dev/null && jars_folder "$2"', *pins).strip())


def coulis_jar() -> Path:
    """What COULIS_JAR names, else that of build/release."""
    jar = Path(os.environ.get("COULIS_JAR") or BENCH.parent / "build" / "release" / "spark" / "coulis-spark.jar").resolve()
    if not jar.is_file():
        raise SetupError("needs coulis-spark.jar: `scripts/test spark` builds it, or COULIS_JAR names one")
    return jar
