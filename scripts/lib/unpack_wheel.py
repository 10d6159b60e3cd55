"""unpack_wheel.py WHEEL FOLDER: what C++ needs of the openvino and pyarrow wheels, and their licences.

Left out is what Coulis never loads: Python modules, the GPU and NPU plugins, the schedulers over several devices.
OpenVINO's frontends stay, because its CMake package insists on them.
"""

import re
import sys
import zipfile
from pathlib import Path

WANTED = re.compile(
    r"openvino/(include|cmake)/"
    r"|openvino/libs/lib(openvino(_c|_\w+_frontend|_intel_cpu_plugin|_arm_cpu_plugin)?|tbb(malloc)?)\.so"
    r"|pyarrow/include/"
    r"|pyarrow/lib(arrow|arrow_s3|arrow_compute|parquet)\.so"
)
LICENCE = re.compile(r"[^/]+\.dist-info/(licenses/)?(.*(licen[sc]e|notice|third-party)[^/]*)$", re.IGNORECASE)


def target_of(name: str) -> Path | None:
    """Where a member of the wheel goes, below the package's folder."""
    if WANTED.match(name):
        return Path(*Path(name).parts[1:])
    if licence := LICENCE.match(name):
        return Path("licenses") / Path(licence[2]).name
    return None


def main() -> None:
    wheel, folder = sys.argv[1], Path(sys.argv[2])
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            target = target_of(member.filename)
            if target is None or member.is_dir():
                continue
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(member))


if __name__ == "__main__":
    main()
