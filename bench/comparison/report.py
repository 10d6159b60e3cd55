"""bench/results/comparison.md: the tables, and exactly what they say."""

from pathlib import Path

from . import table
from .contenders import ENGINE, FEATURES, REDUCED, Contender

TIMED = """\
What is timed is the whole job, from the name of a folder of images to Parquet files with the path and the 1,280
features of each (and with the PCA, where the table says so): listing, reading, decoding, resizing, inference,
writing. Each contender has a process of its own for each turn, is warmed up with a job of {warm_up} images, and then
timed once on all of them; the contenders take turns, {repeats} rounds of them, and the numbers are the median, the
slowest and the fastest turn. Start-up is apart: the time until Python, the JVM and the libraries are ready for the
first job; of Coulis, which starts anew for each job, what the command takes besides (loading the network, and
validating the results). What a peer starts anew for each job (Ray and Daft their workers, today's chain a model for
each partition) is part of its job. Peak memory is the largest sum of the proportional set sizes of all of a
contender's processes. "The engine alone" is Coulis's inference on inputs that are ready, in one process: the ceiling
for its images/s; beside it stands what share of it Coulis
reaches in the same precision, with the PCA.

All have all cores. Those with the same weights run the same ONNX file, and the least cosine of any image's features to
Coulis's in f32 is given: a contender whose features are others, or that leaves out an image, fails."""


def write(folder: Path, found: list[dict], contenders: list[Contender], facts: dict) -> str:
    """Writes comparison.csv and comparison.md; returns the tables with a line on the machine, for README.md."""
    folder.mkdir(parents=True, exist_ok=True)
    table.write_csv(folder / "comparison.csv", found)
    titles = {contender.name: contender.title for contender in contenders}
    tables = "\n\n".join(table.markdown_table(found, task, titles) for task in (REDUCED, FEATURES, ENGINE)
                         if any(row["task"] == task for row in found))
    machine = f"{facts['images']} images ({facts['source']}), {facts['machine']}; {facts['version']}, {facts['date']}."
    details = "\n".join(detail(titles[row["name"]], row) for row in first_of_each(found))
    (folder / "comparison.md").write_text(
        f"# Coulis and others\n\nWritten by `bench/compare`. {machine}\n\n{tables}\n\n## What is timed\n\n"
        f"{TIMED.format(**facts)}\n\n## Settings, versions, agreement\n\n"
        f"| | settings | versions | least cosine | |\n|---|---|---|---|---|\n{details}\n", encoding="utf-8")
    return f"{tables}\n\n{machine}"


def first_of_each(found: list[dict]) -> list[dict]:
    return list({row["name"]: row for row in reversed(found)}.values())[::-1]


def detail(title: str, row: dict) -> str:
    return (f"| {title} | {row['settings']} | {row['versions']} | {row['least_cosine']} "
            f"| {row['failure'].replace('|', '/') or row['note']} |")
