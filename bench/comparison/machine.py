"""What the numbers were measured on."""

import os
import platform
import subprocess
from pathlib import Path


def cores() -> int:
    return len(os.sched_getaffinity(0))


def describe() -> str:
    fields = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    flags = set(fields.get("flags", "").split())
    levels = [name for flag, name in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_vnni", "VNNI"),
                                      ("avx512_bf16", "BF16"), ("amx_bf16", "AMX")) if flag in flags]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    name = ", ".join([fields.get("model name", platform.machine()), *levels])
    return (f"{name}, {cores()} cores, {memory:.0f} GB of memory, {system}, Linux {platform.release()}")


def version(coulis: Path) -> str:
    """The program's, and the commit when this is its work tree."""
    said = subprocess.run([coulis, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent, capture_output=True,
                            text=True, check=False).stdout.strip()
    return f"{said} ({commit})" if commit else said
