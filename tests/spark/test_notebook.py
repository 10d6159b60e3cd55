"""The notebook that `coulis cloud up` brings, its cells run by a Spark here: a folder in place of the bucket, and the two files
that its first cell asks EMR for."""

import json
import re
import shutil

import results
from sparks import ROOT

NOTEBOOK = json.loads((ROOT / "deploy/aws/coulis.ipynb").read_text())
CELLS = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_its_first_cell_asks_for_what_up_brings():
    magic, conf = CELLS[0].split("\n", 1)
    assert magic == "%%configure -f" and NOTEBOOK["metadata"]["kernelspec"]["name"] == "pysparkkernel"
    assert json.loads(conf)["conf"] == {"spark.jars": "s3://YOUR-BUCKET/code/coulis-spark.jar",
                                        "spark.submit.pyFiles": "s3://YOUR-BUCKET/code/coulis-python.zip"}
    assert all(cell["outputs"] == [] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code")


def test_its_cells_run_and_store_the_vectors_of_the_command(run, wheel, jar, coulis, photos, models_folder, tmp_path):
    bucket = tmp_path / "bucket"
    shutil.copytree(photos, bucket / "images")
    (bucket / "code/models").mkdir(parents=True)
    (bucket / "code/models/mobilenet_v2").symlink_to(models_folder / "mobilenet_v2")
    shutil.copy(jar, bucket / "code/coulis-spark.jar")
    shutil.copy(wheel, bucket / "code/coulis-python.zip")
    cells = [cell.replace("s3://YOUR-BUCKET", str(bucket)) for cell in CELLS]
    conf = json.loads(cells[0].split("\n", 1)[1])["conf"] | {"spark.hadoop.coulis.models": f"{bucket}/code/models"}
    session = f"""
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[2]")
for name, value in (SETTINGS | {conf!r} | {{"spark.driver.extraJavaOptions": "-Dcoulis.cache.dir={tmp_path}/native"}}).items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
"""
    said = "\n".join(run("\n".join([session, *cells[1:]]), COULIS_MODELS="/nowhere"))
    components = int(re.search(r"^(\d+) components keep 9[5-9]\.\d% of the variance$", said, re.MULTILINE)[1])
    assert re.search(r"\|\s*kiwi\s*\|\s*6\|\s*3\|", said)
    coulis.try_("run", photos, "--out", tmp_path / "local")
    assert results.record(tmp_path / "local")["pca"]["k"] == components
