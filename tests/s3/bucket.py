"""A bucket of one test: its own, and empty at first."""

from pathlib import Path

from server import REGION, S3Server


class Bucket:
    """`endpoint`, `environment` and `flags` are for the program under test; a FaultProxy may stand before the server."""

    def __init__(self, server: S3Server, name: str):
        self.server, self.name, self.client = server, name, server.client()
        self.environment = server.environment()
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}" if key else f"s3://{self.name}"

    def flags(self, endpoint: str | None = None) -> tuple[str, ...]:
        return ("--s3-endpoint", endpoint or self.server.endpoint, "--s3-region", REGION)

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def delete(self, prefix: str = "") -> None:
        for key in self.keys(prefix):
            self.client.delete_object(Bucket=self.name, Key=key)

    def uploads(self) -> list[str]:
        """Keys of multipart uploads that were begun and neither completed nor aborted."""
        return [upload["Key"] for upload in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]

    def upload(self, folder: Path, prefix: str) -> str:
        """All files below `folder`; gives the URI."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return self.uri(prefix)

    def download(self, prefix: str, folder: Path) -> Path:
        """All objects below `prefix`, as files; objects whose names end with a slash stand for folders."""
        folder.mkdir(parents=True, exist_ok=True)
        for key in self.keys(prefix + "/"):
            path = folder / key.removeprefix(prefix + "/")
            if key.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.get(key))
        return folder
