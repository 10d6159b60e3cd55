"""The photographs that all take: a folder with so many of them, spread over the whole set."""

import os
import shutil
import subprocess
from pathlib import Path


def gather(source: Path | None, limit: int, warm_up: int, coulis: Path, work: Path) -> tuple[Path, Path]:
    """Folders with `warm_up` photographs, and with all `limit` of them; labels are their folders, as in `source`."""
    if source is None:
        source = work / "synthetic"
        subprocess.run([coulis, "synth", "--count", str(limit or 1600), "--out", source, "--quiet"], check=True)
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() == ".jpg" and path.is_file())
    if not found:
        raise ValueError(f"there is no .jpg in {source}")
    chosen = spread(found, limit)
    return place(source, spread(chosen, warm_up), work / "warm-up"), place(source, chosen, work / "images")


def spread(files: list[Path], count: int) -> list[Path]:
    count = min(count, len(files)) if count else len(files)
    return [files[i * len(files) // count] for i in range(count)]


def place(source: Path, files: list[Path], folder: Path) -> Path:
    """The files in `folder`, where they have the same names below it: linked, or copied from another file system."""
    for file in files:
        target = (folder / file.relative_to(source)).with_suffix(".jpg")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file.resolve(), target)
        except OSError:
            shutil.copyfile(file, target)
    return folder
