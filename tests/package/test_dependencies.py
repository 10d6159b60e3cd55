"""OpenVINO and Arrow from elsewhere: what find_package is told to take is taken, and is not bundled."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COULIS_BUILD", ROOT / "build" / "release"))

ARROW_CONFIG = """
add_library({name}::{library}_shared SHARED IMPORTED)
set_target_properties({name}::{library}_shared PROPERTIES
  IMPORTED_LOCATION "{file}" INTERFACE_INCLUDE_DIRECTORIES "{include}")
"""
VERSION_CONFIG = """
set(PACKAGE_VERSION {version})
if(NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
"""


def wheels() -> Path:
    cache = (BUILD / "CMakeCache.txt").read_text()
    folder = Path(re.search(r"^COULIS_DEPS:\w+=(.*)$", cache, re.MULTILINE)[1])
    if not (folder / "openvino").is_dir() or not (folder / "pyarrow").is_dir():
        pytest.skip("this build took OpenVINO or Arrow from elsewhere already")
    return folder


def arrow_installation(folder: Path, version: str = "26.0.1") -> Path:
    """An Arrow as its own CMake package would show it, made of the wheel's files."""
    pyarrow = wheels() / "pyarrow"
    for name in ("Arrow", "Parquet"):
        library = next(pyarrow.glob(f"lib{name.lower()}.so.*"))
        package = folder / "lib" / "cmake" / name
        package.mkdir(parents=True)
        link = folder / "lib" / library.name
        link.symlink_to(library)
        (package / f"{name}Config.cmake").write_text(
            ARROW_CONFIG.format(name=name, library=name.lower(), file=link, include=pyarrow / "include"))
        (package / f"{name}ConfigVersion.cmake").write_text(VERSION_CONFIG.format(version=version))
    return folder


def configure(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DCOULIS_TESTS=OFF", *options],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def linked_libraries(build: Path) -> str:
    """What the build links: the paths that ninja passes to the linker."""
    return "\n".join(line for line in (build / "build.ninja").read_text().splitlines() if "LINK_LIBRARIES" in line)


def test_arrow_is_taken_from_where_the_environment_says(tmp_path):
    arrow = arrow_installation(tmp_path / "arrow")
    done = configure(tmp_path / "build", f"-DCOULIS_DEPS={wheels()}", Arrow_DIR=str(arrow / "lib/cmake/Arrow"),
                     Parquet_DIR=str(arrow / "lib/cmake/Parquet"))
    assert done.returncode == 0, done.stderr
    assert str(arrow / "lib/libarrow.so") in linked_libraries(tmp_path / "build")
    assert str(wheels() / "pyarrow/libarrow.so") not in linked_libraries(tmp_path / "build")


def test_both_are_taken_from_the_prefix_path_and_not_bundled(tmp_path):
    arrow = arrow_installation(tmp_path / "arrow")
    # The folder must be called openvino: the wheel's CMake package counts on it.
    openvino = tmp_path / "elsewhere" / "openvino"
    openvino.parent.mkdir()
    openvino.symlink_to(wheels() / "openvino")
    (tmp_path / "no wheels").mkdir()
    done = configure(tmp_path / "build", f"-DCOULIS_DEPS={tmp_path / 'no wheels'}",
                     f"-DCMAKE_PREFIX_PATH={arrow};{openvino}")
    assert done.returncode == 0, done.stderr
    libraries = linked_libraries(tmp_path / "build")
    assert str(arrow / "lib/libparquet.so") in libraries and str(openvino / "libs/libopenvino") in libraries
    assert "COULIS_BUNDLE_RUNTIME:BOOL=OFF" in (tmp_path / "build/CMakeCache.txt").read_text()


def test_an_arrow_that_is_too_old_is_refused(tmp_path):
    arrow = arrow_installation(tmp_path / "arrow", version="9.0.0")
    done = configure(tmp_path / "build", f"-DCOULIS_DEPS={wheels()}", f"-DArrow_DIR={arrow / 'lib/cmake/Arrow'}")
    assert done.returncode != 0 and "9.0.0" in done.stderr


def test_without_either_the_message_says_what_to_do(tmp_path):
    (tmp_path / "no wheels").mkdir()
    done = configure(tmp_path / "build", f"-DCOULIS_DEPS={tmp_path / 'no wheels'}")
    assert done.returncode != 0 and "scripts/setup" in done.stderr
