"""The installed package: it can be moved, runs from where it lies, and a program builds on it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COULIS_BUILD", ROOT / "build" / "release"))


def run(*command, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> Path:
    """An installation that was moved after it was made."""
    folder = tmp_path_factory.mktemp("package")
    run("cmake", "--install", BUILD, "--prefix", folder / "made here")
    moved = folder / "moved there"
    (folder / "made here").rename(moved)
    return moved


@pytest.fixture(scope="module")
def photographs(prefix, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("synth") / "photographs"
    run(prefix / "bin/coulis", "synth", "--count", "12", "--out", folder)
    return folder


@pytest.fixture(scope="module")
def consumer(prefix, tmp_path_factory) -> Path:
    """examples/consumer, configured with nothing but the prefix."""
    folder = tmp_path_factory.mktemp("consumer")
    shutil.copytree(ROOT / "examples" / "consumer", folder / "source")
    run("cmake", "-G", "Ninja", "-S", folder / "source", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder / "build")
    return folder / "build" / "consumer"


def bundled() -> bool:
    cache = (BUILD / "CMakeCache.txt").read_text()
    return "COULIS_BUNDLE_RUNTIME:BOOL=ON" in cache


def loaded_libraries(program: Path) -> dict[str, str]:
    return dict(re.findall(r"^\s*(\S+) => (.+?)(?: \(0x|$)", run("ldd", program), re.MULTILINE))


def test_every_library_is_found_after_the_move(prefix):
    for program in (prefix / "bin/coulis", prefix / "lib/libcoulis.so"):
        assert "not found" not in loaded_libraries(program).values()


def test_bundled_libraries_are_taken_from_the_package(prefix):
    if not bundled():
        pytest.skip("this build does not bundle the runtime")
    libraries = loaded_libraries(prefix / "bin/coulis")
    ours = {name: path for name, path in libraries.items() if re.match(r"lib(coulis|openvino|arrow|parquet|tbb)", name)}
    assert any(name.startswith("libopenvino") for name in ours) and any(name.startswith("libarrow") for name in ours)
    for name, path in ours.items():
        assert Path(path).resolve().is_relative_to(prefix), f"{name} comes from {path}"


def test_no_file_of_the_package_names_the_place_where_it_was_built(prefix):
    for path in [*prefix.rglob("*.cmake"), *prefix.rglob("*.pc"), *prefix.rglob("*.h")]:
        for place in (str(ROOT), "COULIS_DEPS", "made here"):
            assert place not in path.read_text(), f"{path} names {place}"
    for path in (prefix / "bin/coulis", prefix / "lib/libcoulis.so"):
        runpath = re.findall(r"R(?:UN)?PATH\).*\[(.*)\]", run("readelf", "-d", path))
        assert not bundled() or all(part.startswith("$ORIGIN") for part in ":".join(runpath).split(":"))


def test_public_headers_compile_alone_without_third_party_headers(prefix):
    for header in sorted((prefix / "include/coulis").glob("*.h")):
        run("g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", f"-I{prefix / 'include'}", "-include", header,
            "-x", "c++", "/dev/null")


def test_the_moved_command_runs_the_whole_chain(prefix, photographs, tmp_path):
    run(prefix / "bin/coulis", "run", photographs, "--out", tmp_path / "results", "--progress", "none")
    run(prefix / "bin/coulis", "validate", tmp_path / "results")


def test_a_program_on_the_package_embeds_an_image(consumer, photographs):
    image = sorted(photographs.rglob("*.jpg"))[0]
    output = run(consumer, "mobilenet_v2", image)
    assert re.search(r": 100 x 100, 1280 features:( -?[\d.e-]+){4} \.\.\.$", output.strip())


def test_a_program_on_the_package_gets_errors_as_values(consumer, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_text("no image")
    done = subprocess.run([consumer, "mobilenet_v2", bad], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {bad}: ") and done.stderr.count("\n") == 1


def test_pkg_config_finds_the_package(prefix):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    assert "-lcoulis" in run("pkg-config", "--cflags", "--libs", "coulis", env=environment)
