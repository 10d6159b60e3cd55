"""The program decode_rgb (tests/tools/decode_rgb.cpp) of the build folder COULIS_BUILD."""

import os
import pathlib
import subprocess

import numpy as np


def tool_path(name):
    build = os.environ.get("COULIS_BUILD")
    assert build, "set COULIS_BUILD to the build folder (scripts/test does)"
    path = pathlib.Path(build, "tests", name)
    assert path.exists(), f"{path} is missing: build the target {name}"
    return path


class DecodeProgram:
    """decode_rgb, kept running, `under` another program perhaps. An answer is (size, pixels) or an error's text."""

    def __init__(self, under=()):
        self.process = subprocess.Popen([*under, tool_path("decode_rgb")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def __call__(self, path, target=None, rotate=False, kernel="-", side=0):
        size = "{}x{}".format(*target) if target else "-"
        size += f"/{side}" if side else ""
        self.process.stdin.write(f"{size} {int(rotate)} {kernel} {path}\n".encode())
        self.process.stdin.flush()
        head = self.process.stdout.readline().decode().rstrip("\n")
        assert head, f"decode_rgb died at {path}"
        if head.startswith("error "):
            return head[len("error ") :]
        width, height, out_width, out_height = map(int, head.split()[1:])
        pixels = self.process.stdout.read(out_width * out_height * 3)
        return (width, height), np.frombuffer(pixels, np.uint8).reshape(out_height, out_width, 3)
