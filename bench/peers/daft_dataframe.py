"""Daft: a data frame of files, and a class of its own for the network, in several instances."""

import os

os.environ["DAFT_PROGRESS_BAR"] = "0"
os.environ["DO_NOT_TRACK"] = "1"

import daft
from daft import DataType, Series

from engines import ENGINES
from protocol import serve


def start(settings):
    @daft.cls(max_concurrency=settings.instances)
    class Embed:
        def __init__(self):
            self.engine = ENGINES[settings.engine](settings)

        @daft.method.batch(return_dtype=DataType.fixed_size_list(DataType.float32(), 1280), batch_size=settings.batch)
        def __call__(self, contents: Series):
            return self.engine(contents.to_pylist())

    def job(images, out):
        files = daft.from_glob_path(f"{images}/**/*.jpg").select("path")
        contents = files.with_column("features", Embed()(files["path"].download(max_connections=settings.connections)))
        contents.write_parquet(f"{out}/features")

    return job


if __name__ == "__main__":
    serve(start, "daft", "onnxruntime", "openvino", "Pillow")
