"""Results in S3 are read straight from there, without Coulis: as docs/storage.md shows it."""

import duckdb
import numpy as np
import pandas
import polars
import pyarrow.dataset as dataset
import pyarrow.fs
import pytest
import s3fs
from results import features
from server import REGION
from small import SMALL


@pytest.fixture
def results(program, s3, photos) -> str:
    program("run", photos, "--out", s3.uri("results"), *SMALL, *s3.flags())
    return s3.uri("results")


@pytest.fixture
def opened(s3) -> s3fs.S3FileSystem:
    return s3fs.S3FileSystem(key=s3.server.access_key, secret=s3.server.secret_key, endpoint_url=s3.server.endpoint,
                             client_kwargs={"region_name": REGION}, skip_instance_cache=True)


def test_pandas_reads_from_s3(s3, results, local):
    options = {"key": s3.server.access_key, "secret": s3.server.secret_key, "endpoint_url": s3.server.endpoint,
               "client_kwargs": {"region_name": REGION}}
    found = pandas.read_parquet(results + "/features", storage_options=options).sort_values("path")
    assert np.array_equal(np.stack(found["features"]), features(local))
    assert len(pandas.read_parquet(results + "/pca", storage_options=options)) == 24


def test_pyarrow_reads_from_s3(s3, results, local):
    store = pyarrow.fs.S3FileSystem(access_key=s3.server.access_key, secret_key=s3.server.secret_key, region=REGION,
                                    endpoint_override=s3.server.endpoint)
    found = dataset.dataset(f"{s3.name}/results/features", filesystem=store)
    assert found.schema.equals(dataset.dataset(local / "features").schema)
    kiwis = found.to_table(filter=dataset.field("label") == "kiwi")
    assert len(kiwis) == 6
    assert dataset.dataset(f"{s3.name}/results/pca", filesystem=store).count_rows() == 24


def test_polars_reads_from_s3(s3, results, local):
    options = {"aws_access_key_id": s3.server.access_key, "aws_secret_access_key": s3.server.secret_key,
               "aws_region": REGION, "aws_endpoint_url": s3.server.endpoint, "aws_allow_http": "true"}
    found = polars.scan_parquet(results + "/features/*.parquet", storage_options=options).sort("path").collect()
    assert np.array_equal(np.stack(found["features"].to_list()).astype(np.float32), features(local))
    assert polars.scan_parquet(results + "/pca/*.parquet", storage_options=options).collect().height == 24


def test_duckdb_reads_from_s3(s3, results, opened):
    with duckdb.connect() as connection:
        connection.register_filesystem(opened)
        found = connection.execute(
            "SELECT count(*), min(len(features)), count(DISTINCT label), sum(len(pca)) FROM read_parquet(?) f"
            " JOIN read_parquet(?) p USING (path, label)",
            [f"{results}/features/*.parquet", f"{results}/pca/*.parquet"]).fetchone()
    assert found == (24, 4, 4, 72)
