"""What a task's reading ahead holds in memory (ReadAhead.java)."""

import subprocess
from pathlib import Path

import pytest
from sparks import spark_packages

MB = 1 << 20
MOST = 64 * MB


@pytest.fixture(scope="module")
def most_waiting(jar, tmp_path_factory):
    folder = tmp_path_factory.mktemp("read-ahead")
    path = f"{folder}:{jar}:{spark_packages()}/pyspark/jars/*"
    subprocess.run(["javac", "--release", "8", "-Xlint:-options", "-cp", path, "-d", folder, Path(__file__).with_name("WhatWaits.java")],
                   check=True)

    def measure(*sizes: int) -> int:
        told = subprocess.run(["java", "-cp", path, "coulis.spark.WhatWaits", *map(str, sizes)], check=True, capture_output=True, text=True,
                              timeout=300)
        return int(told.stdout)

    return measure


def test_no_more_than_64_mb_wait(most_waiting):
    # What is read may be one image more: the next one, for which there is always room.
    assert MOST - 4 * MB < most_waiting(*[3 * MB] * 100) <= MOST + 3 * MB


def test_an_image_that_is_larger_waits_for_its_turn(most_waiting):
    assert 100 * MB <= most_waiting(MB, MB, 100 * MB, MB, MB) < 100 * MB + MOST
