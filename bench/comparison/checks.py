"""Nobody is compared doing less work: every image has its features, and where the weights are the same they agree."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from .contenders import REDUCED, Contender
from .turns import PeerError

LENGTH = 1280


def table(folder: Path, images: Path, column: str) -> dict[str, np.ndarray]:
    """Path below `images` → vector."""
    rows = parquet.read_table(folder, columns=["path", column]).to_pylist()
    return {row["path"].removeprefix("file://").removeprefix("file:").removeprefix(f"{images}/"):
            np.asarray(row[column], np.float32) for row in rows}


def check(contender: Contender, out: Path, images: Path, tasks, reference: dict | None) -> tuple[dict, float | None]:
    """The features, and the least cosine to `reference`; PeerError when the work was not done."""
    features = check_rows(out / "features", images, "features")
    if any(row.shape != (LENGTH,) or not np.isfinite(row).all() for row in features.values()):
        raise PeerError(f"not every image has {LENGTH} finite features")
    if len(features) > 1 and not np.ptp(np.stack(list(features.values())), axis=0).any():
        raise PeerError("its features do not tell one image from another")
    if REDUCED in tasks:
        check_rows(out / "pca", images, "pca")
    if contender.least_cosine is None or reference is None:
        return features, None
    least = min(cosine(features[path], reference[path]) for path in reference)
    if not least >= contender.least_cosine:
        raise PeerError(f"its features are others than Coulis's: least cosine {least:.5f}")
    return features, least


def check_rows(folder: Path, images: Path, column: str) -> dict[str, np.ndarray]:
    rows = table(folder, images, column)
    wanted = {str(path.relative_to(images)) for path in images.rglob("*.jpg")}
    if rows.keys() != wanted:
        raise PeerError(f"{len(rows.keys() & wanted)} of {len(wanted)} images have a row in {folder.name}")
    return rows


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
