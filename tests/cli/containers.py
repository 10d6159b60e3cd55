"""Writes what others write: archives, WebDataset shards, and Parquet as Hugging Face datasets, Ray and Daft lay it out."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet

FORMS = ("tar", "tar.gz", "zip")


def files(folder: Path) -> dict[str, bytes]:
    """Relative path → content, of all files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def archive(file: Path, members: dict[str, bytes]) -> Path:
    """By the extension of `file`."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
            for name, content in members.items():
                written.writestr(name, content)
        return file
    with tarfile.open(file, "w:gz" if file.suffix in (".gz", ".tgz") else "w") as written:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            written.addfile(info, io.BytesIO(content))
    return file


def label_of(path: str) -> str:
    return Path(path).parent.name


def hugging_face(file: Path, members: dict[str, bytes]) -> Path:
    """As Dataset.to_parquet and push_to_hub write an ImageFolder: names only, labels by number."""
    names = sorted({label_of(path) for path in members})
    table = pyarrow.table({
        "image": pyarrow.array([{"bytes": content, "path": Path(path).name} for path, content in members.items()],
                               pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})),
        "label": pyarrow.array([names.index(label_of(path)) for path in members], pyarrow.int64())})
    features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, file, row_group_size=5)
    return file


def ray_data(file: Path, members: dict[str, bytes], root: str = "") -> Path:
    """As ray.data.read_binary_files(…, include_paths=True).write_parquet(…) writes."""
    table = pyarrow.table({"bytes": pyarrow.array(list(members.values()), pyarrow.binary()),
                           "path": pyarrow.array([root + path for path in members], pyarrow.string())})
    parquet.write_table(table, file)
    return file


def daft(file: Path, members: dict[str, bytes], root: str = "") -> Path:
    """As daft.from_glob_path(…).with_column("data", col("path").download()).write_parquet(…) writes."""
    table = pyarrow.table({"path": pyarrow.array([root + path for path in members], pyarrow.large_string()),
                           "size": pyarrow.array([len(content) for content in members.values()], pyarrow.int64()),
                           "num_rows": pyarrow.nulls(len(members), pyarrow.int64()),
                           "data": pyarrow.array(list(members.values()), pyarrow.large_binary())})
    parquet.write_table(table, file, compression="snappy")
    return file


def varint(number: int) -> bytes:
    """A number as Thrift's compact protocol writes it."""
    number, text = number << 1, b""
    while number > 0x7F:
        number, text = number >> 7, text + bytes([number & 0x7F | 0x80])
    return text + bytes([number])


def parquet_bomb(file: Path, members: dict[str, bytes]) -> Path:
    """A page of 9 KB that says it has 2 GB, then a row group of images."""
    zeros, most = 1 << 27, (1 << 31) - 1
    schema = pyarrow.schema([("path", pyarrow.string()), ("image", pyarrow.binary())])
    with parquet.ParquetWriter(file, schema, compression="zstd", use_dictionary=["path"]) as written:
        written.write_table(pyarrow.table({"path": ["zeros.jpg"], "image": [bytes(zeros)]}, schema))
        written.write_table(pyarrow.table({"path": list(members), "image": list(members.values())}, schema))
    content = file.read_bytes()
    said = zeros + 10  # the value's length in 4 bytes, and 6 of levels
    assert content.index(varint(said)) < 1000, "the page's header comes first"
    file.write_bytes(content.replace(varint(said), varint(most), 1))
    return file
