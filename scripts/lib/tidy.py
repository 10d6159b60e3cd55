#!/usr/bin/env python3
"""Runs clang-tidy on the files of a build, several at once, but for those that it had nothing to say of before: the same
compile command, checks and clang-tidy, and the same content of the file and of all that it includes.

    tidy.py CLANG_TIDY BUILD PASSED JOBS PREFIX...

PASSED: the folder where an empty file stands for each that has passed. PREFIX: of the files, relative to the source tree."""

import functools
import hashlib
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


@functools.cache
def content(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def dependencies(build: Path) -> dict[str, list[str]]:
    """Object file to what it was made of, as ninja has noted it."""
    said = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    for line in said.splitlines():
        if line.startswith("    "):
            found[target].append(line.strip())
        elif ": #deps" in line:
            target = line.split(":")[0]
            found[target] = []
    return found


def main() -> int:
    tidy, build, passed, jobs = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    tree = Path.cwd()
    prefixes = tuple(f"{tree / prefix}/" for prefix in sys.argv[5:])
    known = dependencies(build)
    common = content(str(tree / ".clang-tidy")) + subprocess.run([tidy, "--version"], capture_output=True, text=True, check=True).stdout
    passed.mkdir(parents=True, exist_ok=True)

    def made_of(command: dict) -> list[str] | None:
        """None where ninja has not noted it."""
        output = re.search(r" -o (\S+)", command["command"])
        return known.get(output[1]) if output else None

    def key(command: dict) -> Path:
        lines = [common, command["command"].replace(str(tree), "")]
        for name in sorted({command["file"], *(made_of(command) or [])}):
            file = (build / name).resolve()
            lines.append(f"{str(file).replace(str(tree), '')} {content(str(file))}")
        return passed / hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def check(command: dict) -> bool:
        seen = key(command)
        if seen.exists():
            return True
        done = subprocess.run([tidy, "-p", build, "--quiet", command["file"]], capture_output=True, text=True)
        print(done.stdout, done.stderr if done.returncode else "", sep="", end="", flush=True)
        if done.returncode == 0 and made_of(command) is not None:
            seen.touch()
        return done.returncode == 0

    commands = {command["file"]: command for command in json.loads((build / "compile_commands.json").read_text())}
    wanted = [command for file, command in sorted(commands.items()) if file.startswith(prefixes)]
    with ThreadPoolExecutor(jobs) as pool:
        good = list(pool.map(check, wanted))
    print(f"{len(wanted)} files, {good.count(False)} with findings")
    return 0 if wanted and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
