"""The results as rows, as CSV and as Markdown."""

import csv
import statistics
from pathlib import Path

from .contenders import ENGINE, FEATURES, REDUCED, Contender
from .turns import Turn

COLUMNS = ("name", "task", "images_per_second", "slowest", "fastest", "turns", "coulis_is_times", "start_up_seconds",
           "peak_memory_mb", "least_cosine", "failure", "settings", "versions", "note")
TITLES = {REDUCED: "From a folder of images to features and PCA in Parquet",
          FEATURES: "From a folder of images to features in Parquet", ENGINE: "The inference engine alone"}
MARKS = ("<!-- comparison: written by bench/compare -->", "<!-- comparison ends -->")


class Results:
    """Of one contender: a turn for each round, or why there is none."""

    def __init__(self, contender: Contender):
        self.contender, self.turns, self.failure, self.least_cosine = contender, [], "", None

    def add(self, turn: Turn, least_cosine: float | None):
        self.turns.append(turn)
        if least_cosine is not None:
            self.least_cosine = min(least_cosine, self.least_cosine or 1)

    def rates(self, images: int) -> dict[str, list[float]]:
        tasks = self.turns[0].seconds if self.turns else {}
        return {task: [images / turn.seconds[task] for turn in self.turns] for task in tasks}


def rows(results: list[Results], images: int) -> list[dict]:
    """One for each contender and task; a contender that failed has one without numbers."""
    rates = {result.contender.name: result.rates(images) for result in results}
    return [row for result in results for row in rows_of(result, rates)]


def coulis_rate(rates: dict, contender: Contender, task: str) -> float | None:
    """Coulis in f32 at the same task; for the engine alone, Coulis in the same precision with all its work."""
    name, task = ("coulis-" + contender.settings["precision"], REDUCED) if task == ENGINE else ("coulis-f32", task)
    found = rates.get(name, {}).get(task)
    return statistics.median(found) if found else None


def rows_of(result: Results, rates: dict) -> list[dict]:
    contender = result.contender
    common = {"name": contender.name, "settings": " ".join(f"{k}={v}" for k, v in contender.settings.items()),
              "note": contender.note, "failure": result.failure}
    if result.failure or not result.turns:
        task = ENGINE if "engine" in contender.script else FEATURES
        return [dict.fromkeys(COLUMNS, "") | common | {"task": task}]
    common |= {"turns": len(result.turns),
               "least_cosine": "" if result.least_cosine is None else f"{result.least_cosine:.5f}",
               "start_up_seconds": f"{statistics.median(turn.start_up for turn in result.turns):.1f}",
               "peak_memory_mb": round(max(turn.peak for turn in result.turns) / 1e6),
               "versions": " ".join(f"{k}={v}" for k, v in result.turns[0].versions.items())}
    return [common | {"task": task} | numbers(measured, coulis_rate(rates, contender, task))
            for task, measured in rates[contender.name].items()]


def numbers(measured: list[float], coulis: float | None) -> dict:
    median = statistics.median(measured)
    return {"images_per_second": f"{median:.1f}", "slowest": f"{min(measured):.1f}", "fastest": f"{max(measured):.1f}",
            "coulis_is_times": f"{coulis / median:.3f}" if coulis else ""}


def write_csv(file: Path, found: list[dict]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def markdown_table(found: list[dict], task: str, titles: dict[str, str]) -> str:
    ratio = "Coulis, with PCA, reaches" if task == ENGINE else "Coulis f32 is … times as fast"
    lines = [f"| {TITLES[task]} | images/s | {ratio} | peak memory | start-up |",
             "|---|---:|---:|---:|---:|"]
    for row in (row for row in found if row["task"] == task):
        title = titles[row["name"]]
        if row["failure"]:
            lines.append(f"| {title} | failed | {row['failure'].replace('|', '/')} | | |")
        else:
            times = row["coulis_is_times"] and f"{float(row['coulis_is_times']):.{3 if task == ENGINE else 2}f}"
            rate, slowest, fastest = (rounded(row[name]) for name in ("images_per_second", "slowest", "fastest"))
            lines.append(f"| {title} | {rate} ({slowest}–{fastest}) | {times} | {row['peak_memory_mb']} MB "
                         f"| {row['start_up_seconds']} s |")
    return "\n".join(lines)


def rounded(rate: str) -> str:
    return f"{float(rate):.{0 if float(rate) >= 100 else 1}f}"


def put_between_marks(document: Path, text: str) -> None:
    before, _, rest = document.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not end:
        raise ValueError(f"{document} has no place for the table: {MARKS[0]} … {MARKS[1]}")
    document.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")
