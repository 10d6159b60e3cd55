"""The order of work inside the process: who prepares, who infers, how long the queues are, where the threads stay.

    python bench/order_bench.py BUILD PHOTOGRAPHS [--images 480] [--rounds 5] [--model mobilenet_v2]

BUILD is a build folder with -DCOULIS_BENCHMARKS=ON. Each order embeds the same photographs (.jpg, at any depth), which
are in memory before the clock starts; the orders take turns. Prints images/s (median of the rounds) and the ratio to the
order that the pipeline has, taken round by round. One order runs with huge pages for the heap (GLIBC_TUNABLES).
"""

import argparse
import os
import pathlib
import subprocess

from comparison import machine, ratios

HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def orders(cores: int) -> dict[str, tuple]:
    """By name: workers that infer, threads that only prepare, queue length, pinned, environment."""
    ours = 4 * cores + 16
    return {
        f"{cores} workers prepare and infer, queue of {ours}: the pipeline's": (cores, 0, ours, 0, {}),
        "the same, queue of 1": (cores, 0, 1, 0, {}),
        f"the same, queue of {cores}": (cores, 0, cores, 0, {}),
        "the same, queue of 1,000": (cores, 0, 1000, 0, {}),
        "the same, each worker pinned to a core": (cores, 0, ours, 1, {}),
        "the same, huge pages": (cores, 0, ours, 0, HUGE_PAGES),
        f"{cores + 1} workers": (cores + 1, 0, ours, 0, {}),
        f"{2 * cores} workers": (2 * cores, 0, ours, 0, {}),
        f"1 thread prepares, {cores} infer": (cores, 1, ours, 0, {}),
        f"{cores} prepare, {cores} infer": (cores, cores, ours, 0, {}),
        f"1 thread prepares, {cores} infer, queue of 1": (cores, 1, 1, 0, {}),
    }


def images_per_second(timer: pathlib.Path, model: str, order: tuple, photographs: bytes) -> float:
    *numbers, environment = order
    done = subprocess.run([timer, model, *map(str, numbers)], input=photographs, env=os.environ | environment,
                          stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=480)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="mobilenet_v2")
    given = parser.parse_args()
    files = sorted(given.photographs.rglob("*.jpg"))
    photographs = "\n".join(map(str, files[:: max(1, len(files) // given.images)][:given.images])).encode()
    timer = given.build.resolve() / "bench" / "order_timer"
    named = orders(machine.cores())
    measured = {name: [] for name in named}
    for _ in range(given.rounds):
        for name, order in named.items():
            measured[name].append(images_per_second(timer, given.model, order, photographs))
    print(f"{machine.describe()}; {given.images} photographs, {given.rounds} rounds in turn\n")
    print(ratios.table("order of work", "the pipeline's", measured))


if __name__ == "__main__":
    main()
