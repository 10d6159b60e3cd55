"""What coulis-spark.jar holds, and how its native library is loaded."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

LOAD = Path(__file__).parent / "LoadNative.java"
NATIVE = Path(__file__).parents[2] / "spark/src/main/java/coulis/spark/Native.java"
LIBRARIES = {"libcoulis_spark.so", "libopenvino.so", "libopenvino_c.so", "libopenvino_intel_cpu_plugin.so",
             "libopenvino_ir_frontend.so", "libtbb.so"}
# What every Linux with glibc and a JVM has.
OF_THE_SYSTEM = {"libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libgcc_s.so", "libstdc++.so",
                 "ld-linux-x86-64.so"}
# Amazon Linux 2023: glibc 2.34, libstdc++ of GCC 11.
CEILINGS = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11,)}
LARGEST_JAR = 32 << 20
JAVA_8 = 52


def base_name(file: str) -> str:
    """Without the version behind .so."""
    return re.sub(r"\.so[.0-9]*$", ".so", Path(file).name)


@pytest.fixture(scope="session")
def content(jar, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("jar")
    with zipfile.ZipFile(jar) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def load(jar, tmp_path):
    """Loads in a JVM of its own; gives a line for each class loader."""

    def run(*options, cache=tmp_path / "cache", loaders=1, user=()):
        done = subprocess.run([*user, "java", f"-Dcoulis.cache.dir={cache}", *options, LOAD, jar, str(loaders)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_the_jar_holds_what_it_should_and_nothing_else(jar):
    with zipfile.ZipFile(jar) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    allowed = re.compile(
        r"META-INF/(MANIFEST\.MF|licenses/.+|services/org\.apache\.spark\.ml\.\w+)|coulis/spark/([\w$]+\.class|regions\.csv)|linux-x86_64/(lib.+|files\.sha256)")
    assert [name for name in names if not allowed.fullmatch(name)] == []
    assert {base_name(name) for name in names if name.startswith("linux-x86_64/lib")} == LIBRARIES
    assert len([name for name in names if name.startswith("linux-x86_64/")]) == len(LIBRARIES) + 1
    licences = " ".join(names)
    for part in ("LICENSE", "openvino/", "libjpeg", "libpng", "libwebp", "libgif", "libpugixml", "zlib1g", "nlohmann",
                 "libeigen3", "liblapack", "libblas"):
        assert f"META-INF/licenses/{part}" in licences
    assert jar.stat().st_size < LARGEST_JAR


def test_the_classes_are_for_java_8(content):
    for file in (content / "coulis" / "spark").glob("*.class"):
        assert int.from_bytes(file.read_bytes()[6:8]) == JAVA_8, file.name


def test_the_libraries_need_no_newer_system_than_they_may(content):
    checked = 0
    for library in (content / "linux-x86_64").glob("lib*"):
        symbols = subprocess.check_output(["objdump", "-T", library], text=True)
        for kind, version in re.findall(r"\((GLIBC|GLIBCXX|CXXABI|GCC)_([0-9.]+)\)", symbols):
            assert tuple(map(int, version.split("."))) <= CEILINGS[kind], f"{library.name} needs {kind}_{version}"
            checked += 1
    assert checked > 100


def test_the_libraries_need_only_each_other_and_the_system(content):
    for library in (content / "linux-x86_64").glob("lib*"):
        dynamic = subprocess.check_output(["objdump", "-p", library], text=True)
        needed = {base_name(name) for name in re.findall(r"NEEDED +(\S+)", dynamic)}
        assert needed <= LIBRARIES | OF_THE_SYSTEM, library.name
        if library.name == "libcoulis_spark.so":
            assert needed <= {"libopenvino_c.so", *OF_THE_SYSTEM} - {"libstdc++.so"}
            assert re.search(r"RUNPATH +\$ORIGIN\n", dynamic)


def test_only_java_s_functions_leave_our_library(content):
    symbols = subprocess.check_output(
        ["nm", "-D", "--defined-only", content / "linux-x86_64" / "libcoulis_spark.so"], text=True)
    declared = re.findall(r"static native \S+ (\w+)\(", NATIVE.read_text())
    assert sorted(line.split()[-1] for line in symbols.splitlines()) == sorted(
        f"Java_coulis_spark_Native_{name}" for name in declared)


def test_it_is_unpacked_once_and_found_by_other_class_loaders_and_processes(load, tmp_path):
    assert load(loaders=3) == ["loaded"] * 3
    folder, = (tmp_path / "cache").glob("native-*[0-9a-f]")
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert set(map(base_name, before)) == LIBRARIES
    assert load() == ["loaded"]
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_processes_that_start_together_share_one_folder(jar, tmp_path):
    command = ["java", f"-Dcoulis.cache.dir={tmp_path / 'cache'}", LOAD, jar, "1"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in processes] == ["loaded\n"] * 3
    assert len(list((tmp_path / "cache").iterdir())) == 2  # The folder and its lock.


def test_what_was_altered_is_unpacked_anew(load, content, tmp_path):
    load()
    folder, = (tmp_path / "cache").glob("native-*[0-9a-f]")
    (folder / "libopenvino_c.so.2641").unlink(missing_ok=True)
    with (folder / "libcoulis_spark.so").open("r+b") as file:
        file.write(b"altered")
    assert load() == ["loaded"]
    for library in (content / "linux-x86_64").glob("lib*"):
        assert (folder / library.name).read_bytes() == library.read_bytes()


def test_libraries_may_be_named_instead(load, content, tmp_path):
    assert load(f"-Dcoulis.native.dir={content / 'linux-x86_64'}") == ["loaded"]
    assert not (tmp_path / "cache").exists()
    line, = load(f"-Dcoulis.native.dir={tmp_path}")
    assert str(tmp_path) in line and "coulis.native.dir" in line


def test_a_missing_part_is_named(load, content, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    shutil.copy(content / "linux-x86_64" / "libcoulis_spark.so", folder)
    line, = load(f"-Dcoulis.native.dir={folder}")
    assert "libopenvino_c.so" in line and str(folder) in line


def test_another_processor_is_told_what_is_missing(load):
    line, = load("-Dos.arch=aarch64")
    assert "linux-aarch64" in line and "coulis.native.dir" in line


def test_a_folder_that_cannot_be_written_is_named(load, tmp_path):
    (tmp_path / "file").touch()
    line, = load(cache=tmp_path / "file")
    assert str(tmp_path / "file") in line and "coulis.cache.dir" in line


def test_a_file_system_mounted_noexec_is_named(load, tmp_path):
    folder = tmp_path / "noexec"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", folder], check=False).returncode:
        pytest.skip("only root, where it may mount, can make such a file system")
    try:
        line, = load(cache=folder)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert "noexec" in line and str(folder) in line and "coulis.cache.dir" in line
