"""coulis.spark.ImageEmbedder on a real Spark: the rows and bits of `coulis embed`."""

import shutil
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pytest
import results
from networks import network
from sparks import error_of


def embedder(**parameters):
    from coulis.spark import ImageEmbedder

    return ImageEmbedder(**{name: str(value) if isinstance(value, Path) else value for name, value in parameters.items()})


def image_files(spark, folder):
    return spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(str(folder)).select("path", "content")


def rows_of(frame, root: Path) -> dict:
    """Path below root → features as bytes, or the error."""
    found = {}
    for row in frame.select("path", "features", "error").collect():
        path = unquote(urlparse(row["path"]).path)
        features = row["features"]
        assert (features is None) != (row["error"] is None)
        found[str(Path(path).relative_to(root))] = (
            row["error"] if features is None else np.array(features, np.float32).tobytes())
    return found


def local_rows(program, folder, results_folder, *options) -> dict:
    program("embed", folder, "--out", results_folder, "--max-bad", 1, *options)
    return {path: row["error"] if isinstance(row["error"], str) else row["features"].tobytes()
            for path, row in results.rows(results_folder).iterrows()}


def test_features_and_errors_are_those_of_the_command_to_the_bit(spark, coulis, models_folder, photos, tmp_path):
    stage = embedder(model=models_folder / "mobilenet_v2")
    frame = stage.transform(image_files(spark, photos))
    assert frame.schema["features"].dataType.simpleString() == "array<float>"
    expected = local_rows(coulis, photos, tmp_path / "local")
    assert rows_of(frame, photos) == expected
    assert sum(isinstance(value, str) for value in expected.values()) == 3


@pytest.mark.parametrize(("parameters", "options"), [
    ({}, ()),
    ({"layer": "relu"}, ("--layer", "relu")),
    ({"decode": "fast"}, ("--decode", "fast")),
    ({"maxPixels": 9000}, ("--max-pixels", 9000)),
])
def test_parameters_mean_what_the_options_do(spark, small, photos, tmp_path, parameters, options):
    frame = embedder(model="small", **parameters).transform(image_files(spark, photos))
    assert rows_of(frame, photos) == local_rows(small, photos, tmp_path / "local", "--model", "small", *options)


def test_paths_give_what_their_files_hold(spark, photos):
    from pyspark.sql import functions as f

    files = image_files(spark, photos)
    stage = embedder(model="small")
    read = stage.setInputCol("image").transform(files.select("path", f.col("path").alias("image")))
    assert rows_of(read, photos) == rows_of(stage.setInputCol("content").transform(files), photos)


def test_what_is_no_image_is_a_row(spark, photos, tmp_path):
    good = str(next(photos.glob("plum/*.jpg")))
    stage = embedder(model="small", inputCol="image")
    paths = [None, str(tmp_path / "missing.jpg"), str(tmp_path), "nosuch://bucket/a.jpg", "", good]
    frame = stage.transform(spark.createDataFrame([[path] for path in paths], "image string"))
    errors = {row["image"]: row["error"] for row in frame.collect()}
    assert errors[good] is None and "null" in errors[None] and "not a regular file" in errors[str(tmp_path)]
    assert "missing.jpg" in errors[str(tmp_path / "missing.jpg")] and "nosuch" in errors["nosuch://bucket/a.jpg"]
    assert errors[""] and all(len(error.splitlines()) == 1 for error in errors.values() if error)
    contents = spark.createDataFrame([[None], [bytearray()], [bytearray(b"GIF89a")]], "content binary")
    rows = embedder(model="small").transform(contents).collect()
    assert all(row["features"] is None and row["error"] for row in rows) and len(rows) == 3


def test_no_rows_give_no_rows(spark):
    frame = embedder(model="small").transform(spark.createDataFrame([], "path string, content binary"))
    assert frame.columns == ["path", "content", "features", "error"] and frame.count() == 0


@pytest.mark.parametrize(("schema", "parameters", "message"), [
    ("path string", {}, 'there is no column "content" (inputCol); there are: path'),
    ("content int", {}, 'column "content" (inputCol) is int; images are binary'),
    ("content binary, features int", {}, 'there is a column "features" already'),
    ("content binary, error string", {}, 'there is a column "error" already'),
    ("content binary", {"errorCol": "features"}, 'outputCol and errorCol are both "features"'),
])
def test_a_schema_that_does_not_fit_is_refused_before_anything_runs(spark, schema, parameters, message):
    stage = embedder(model="small", **parameters)
    frame = spark.createDataFrame([], schema)
    assert message in error_of(lambda: stage._to_java().transformSchema(frame._jdf.schema()))
    assert message in error_of(lambda: stage.transform(frame))


@pytest.mark.parametrize(("name", "value"), [("precision", "f16"), ("decode", "quick"), ("maxPixels", 0)])
def test_a_value_that_a_parameter_cannot_have_is_refused(spark, name, value):
    frame = spark.createDataFrame([], "content binary")
    assert name in error_of(lambda: embedder(**{name: value}).transform(frame))


def test_a_stage_is_saved_and_loaded_alone_and_in_a_pipeline(spark, photos, tmp_path):
    from coulis.spark import ImageEmbedder
    from pyspark.ml import Pipeline, PipelineModel

    stage = embedder(model="small", layer="relu", outputCol="vector", errorCol="wrong", maxPixels=12345)
    stage.write().overwrite().save(str(tmp_path / "stage"))
    loaded = ImageEmbedder.load(str(tmp_path / "stage"))
    assert loaded.uid == stage.uid and loaded.explainParams() == stage.explainParams()

    files = image_files(spark, photos)
    Pipeline(stages=[loaded]).fit(files).write().overwrite().save(str(tmp_path / "pipeline"))
    frame = PipelineModel.load(str(tmp_path / "pipeline")).transform(files)
    assert frame.columns == ["path", "content", "vector", "wrong"]
    expected = stage.transform(files)
    assert sorted(map(str, frame.drop("content").collect())) == sorted(map(str, expected.drop("content").collect()))


def test_a_model_is_found_by_name_path_and_uri(spark, small, photos):
    folder = Path(small.environment["COULIS_MODELS"], "small")
    files = image_files(spark, photos)
    by_name, by_path, by_uri = (
        rows_of(embedder(model=model).transform(files), photos)
        for model in ("small", str(folder), folder.as_uri()))
    assert by_name == by_path == by_uri


def test_a_name_means_a_model_in_the_folder_that_spark_is_told_of(spark, small, photos, tmp_path):
    files, hadoop = image_files(spark, photos), spark.sparkContext._jsc.hadoopConfiguration()
    expected = rows_of(embedder(model="small").transform(files), photos)
    shutil.copytree(Path(small.environment["COULIS_MODELS"], "small"), tmp_path / "models" / "renamed")
    hadoop.set("coulis.models", (tmp_path / "models").as_uri())
    try:
        assert rows_of(embedder(model="renamed").transform(files), photos) == expected
        missing = error_of(lambda: embedder(model="small").transform(files))
    finally:
        hadoop.unset("coulis.models")
    assert "there is no model small" in missing and str(tmp_path / "models") in missing


def test_executors_need_no_access_to_the_model(spark, small, photos, tmp_path):
    """What the driver has read goes with the job: the folder is gone before a task begins."""
    network(tmp_path / "other.onnx", shape=(1, 3, 48, 48))
    small("models", "import", tmp_path / "other.onnx", "--name", "other")
    folder = Path(small.environment["COULIS_MODELS"], "other").rename(tmp_path / "other")
    frame = embedder(model=folder).transform(image_files(spark, photos))
    shutil.rmtree(folder)
    assert frame.where("features is not null").count() == 24


def test_images_that_are_all_bad_are_rows_and_no_pca(spark):
    from coulis.spark import ScaledPCA

    bad = embedder(model="small").transform(spark.createDataFrame([[bytearray(b"none")]] * 5, "content binary"))
    assert bad.where("features is null and error is not null").count() == 5
    said = error_of(lambda: ScaledPCA().fit(bad))
    assert 'column "features" (inputCol) has no value in any row' in said and "\n" not in said


def test_a_model_that_is_not_whole_is_refused(spark, small, tmp_path):
    frame = spark.createDataFrame([], "content binary")
    assert "there is no model nowhere" in error_of(lambda: embedder(model="nowhere").transform(frame))
    assert "has no int8 network" in error_of(
        lambda: embedder(model="small", precision="int8").transform(frame))
    folder = tmp_path / "small"
    folder.mkdir()
    for file in Path(small.environment["COULIS_MODELS"], "small").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.bin").write_bytes(b"altered")
    assert "model.bin was altered" in error_of(lambda: embedder(model=folder).transform(frame))


def test_a_layer_that_does_not_exist_fails_the_job_with_those_that_do(spark, photos):
    frame = embedder(model="small", layer="nosuch").transform(image_files(spark, photos))
    message = error_of(frame.collect)
    assert "nosuch" in message and "relu" in message


def test_tasks_do_not_leave_native_memory_behind(spark, models_folder, photos):
    """A request of this network holds some 10 MB: 120 that were not given back would show."""
    process = Path(f"/proc/{spark._jvm.java.lang.ProcessHandle.current().pid()}/status")

    def resident_mb():
        return int(process.read_text().split("VmRSS:")[1].split()[0]) / 1024

    stage = embedder(model=models_folder / "mobilenet_v2")
    image = next(photos.glob("plum/*.jpg")).read_bytes()
    frame = spark.createDataFrame([[bytearray(image)]] * 120, "content binary").repartition(120)
    stage.transform(frame.limit(8).repartition(8)).collect()
    before = resident_mb()
    assert stage.transform(frame).where("features is not null").count() == 120
    assert resident_mb() - before < 200


def test_a_job_that_is_cancelled_stops_and_the_next_one_runs(spark, models_folder, photos):
    from pyspark.sql import functions as f

    image = f.lit(str(next(photos.glob("plum/*.jpg")))).alias("content")
    stage = embedder(model=models_folder / "mobilenet_v2")
    forever = stage.transform(spark.range(0, 1_000_000, 1, 2).select(image))
    said = []

    def run():
        spark.sparkContext.setJobGroup("cancelled", "to be cancelled", interruptOnCancel=False)
        said.append(error_of(lambda: forever.write.format("noop").mode("overwrite").save()))

    from pyspark import InheritableThread

    job = InheritableThread(target=run)
    job.start()
    tracker = spark.sparkContext.statusTracker()
    while not tracker.getActiveStageIds():
        time.sleep(0.1)
    time.sleep(2)
    spark.sparkContext.cancelJobGroup("cancelled")
    job.join(timeout=120)
    assert not job.is_alive() and "cancel" in said[0].lower()
    while tracker.getActiveStageIds() or readers(spark):
        time.sleep(0.1)
    few = stage.transform(spark.range(1).select(image))
    assert few.where("features is not null").count() == 1


def test_rows_may_be_asked_for_by_threads_of_python_functions(spark, photos):
    from pyspark.sql import functions as f

    length = f.udf(lambda features: -1 if features is None else len(features), "int")
    frame = embedder(model="small").transform(image_files(spark, photos).repartition(4))
    lengths = frame.select("path", length("features").alias("length"))
    assert sorted({row["length"] for row in lengths.collect()}) == [-1, 4]
    assert len(lengths.limit(3).collect()) == 3


def readers(spark) -> int:
    """Threads of the JVM that read images ahead."""
    return sum(thread.getName() == "coulis-read" for thread in spark._jvm.java.lang.Thread.getAllStackTraces().keySet())


def test_files_are_read_ahead_in_order_and_no_thread_is_left(spark, photos):
    from pyspark.sql import functions as f

    paths = sorted(map(str, photos.glob("*/*.jpg"))) * 30  # More than wait at a time.
    frame = spark.createDataFrame(list(enumerate(paths)), "id int, image string").coalesce(1)
    transformed = embedder(model="small", inputCol="image").transform(frame)
    rows = transformed.collect()
    assert [(row["id"], row["image"]) for row in rows] == list(enumerate(paths))
    assert len({str(row["features"] or row["error"]) for row in rows if row["image"] == paths[0]}) == 1
    # Nor by a task that wants few of them, or that fails in the middle.
    assert len(transformed.limit(2).collect()) == 2
    failing = f.expr("assert_true(id < 400)")
    assert "is not true" in error_of(transformed.select("error", failing).collect)
    until = time.monotonic() + 60
    while readers(spark):
        assert time.monotonic() < until
        time.sleep(0.05)
