"""How small objects are listed and read with others: each gives a function that lists and one that reads."""

from concurrent.futures import ThreadPoolExecutor


def boto3(endpoint: str, bucket: str, prefix: str, at_once: int):
    import boto3 as aws
    from botocore.config import Config
    client = aws.client("s3", endpoint_url=endpoint,
                        config=Config(max_pool_connections=at_once, s3={"addressing_style": "path"}))

    def listing():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page["Contents"]]

    def reading(keys):
        with ThreadPoolExecutor(at_once) as threads:
            yield from threads.map(lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read(), keys)

    return listing, reading


def s3fs(endpoint: str, bucket: str, prefix: str, at_once: int):
    import s3fs as package
    store = package.S3FileSystem(endpoint_url=endpoint, config_kwargs={"max_pool_connections": at_once})
    return (lambda: store.find(f"{bucket}/{prefix}"),
            lambda paths: store.cat(paths, batch_size=at_once).values())


def pyarrow(endpoint: str, bucket: str, prefix: str, at_once: int):
    from pyarrow import fs
    store = fs.S3FileSystem(endpoint_override=endpoint)

    def listing():
        found = store.get_file_info(fs.FileSelector(bucket + "/" + prefix.rstrip("/"), recursive=True))
        return [info.path for info in found if info.is_file]

    def read(path):
        with store.open_input_file(path) as file:  # Python cannot hand over the size that the listing told: a HEAD.
            return file.read()

    def reading(paths):
        with ThreadPoolExecutor(at_once) as threads:
            yield from threads.map(read, paths)

    return listing, reading
