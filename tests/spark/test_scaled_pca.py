"""coulis.spark.ScaledPCA on a real Spark: the model of `coulis reduce`, and of Spark ML up to signs."""

import os
from pathlib import Path

import numpy as np
import pytest
import results
from command import QUICK
from sparks import error_of

DIMS = 24


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Correlated, of different scales and offsets; one column is constant."""
    random = np.random.default_rng(1)
    factors = random.standard_normal((300, 4)) @ random.standard_normal((4, DIMS))
    values = (factors + 0.3 * random.standard_normal((300, DIMS))) * np.geomspace(0.1, 50, DIMS) + np.arange(DIMS)
    values[:, 5] = 3.5
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def frame(spark, rows):
    """The rows as array<float>, some null, in four partitions."""
    data = [(i, row.tolist()) for i, row in enumerate(rows)] + [(-1, None)] * 3
    return spark.createDataFrame(data, "id int, features array<float>").repartition(4).cache()


def scaled_pca(**parameters):
    from coulis.spark import ScaledPCA

    return ScaledPCA(**parameters)


def arrays(model) -> dict:
    return {name: getattr(model, name).toArray()
            for name in ("mean", "scale", "components", "explainedVariance", "explainedVarianceRatio")}


def assert_same_model(model, other, rtol=1e-9):
    assert model.fittedRows == other.fittedRows
    for name, value in arrays(model).items():
        np.testing.assert_allclose(value, arrays(other)[name], rtol=rtol, atol=1e-9, err_msg=name)


def projected(model, frame) -> np.ndarray:
    """In the order of id, nulls left out."""
    found = model.transform(frame).where("pca is not null").orderBy("id").select("pca").collect()
    return np.array([row["pca"] for row in found], np.float32)


def test_it_is_the_model_of_scikit_learn(frame, rows):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    model = scaled_pca(k=6).fit(frame)
    scaler = StandardScaler().fit(rows.astype(np.float64))
    pca = PCA(6, svd_solver="full").fit(scaler.transform(rows.astype(np.float64)))
    found = arrays(model)
    assert model.fittedRows == 300
    np.testing.assert_allclose(found["mean"], scaler.mean_, rtol=1e-9)
    np.testing.assert_allclose(found["scale"], scaler.scale_, rtol=1e-9)
    signs = np.sign((found["components"] * pca.components_).sum(axis=1))
    np.testing.assert_allclose(found["components"] * signs[:, None], pca.components_, atol=1e-9)
    np.testing.assert_allclose(found["explainedVariance"], pca.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(found["explainedVarianceRatio"], pca.explained_variance_ratio_, rtol=1e-9)
    assert (found["components"][np.arange(6), np.abs(found["components"]).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize("with_std", [True, False])
def test_it_is_spark_ml_s_standard_scaler_and_pca_up_to_signs(frame, rows, with_std):
    """Spark ML divides by the standard deviation with divisor n - 1: its vectors are shorter by sqrt((n - 1) / n)."""
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import PCA, StandardScaler
    from pyspark.ml.functions import array_to_vector

    vectors = frame.where("features is not null").select("id", array_to_vector("features").alias("vector"))
    theirs = Pipeline(stages=[StandardScaler(inputCol="vector", outputCol="scaled", withMean=True, withStd=with_std),
                              PCA(k=5, inputCol="scaled", outputCol="reduced")]).fit(vectors)
    expected = np.array([row["reduced"].toArray() for row in theirs.transform(vectors).orderBy("id").collect()])
    model = scaled_pca(k=5, withStd=with_std).fit(frame)
    np.testing.assert_allclose(model.explainedVarianceRatio.toArray(), theirs.stages[1].explainedVariance.toArray(), rtol=1e-9)
    axes = theirs.stages[1].pc.toArray().T
    signs = np.sign((axes * model.components.toArray()).sum(axis=1))
    np.testing.assert_allclose(model.components.toArray() * signs[:, None], axes, atol=1e-8)
    if with_std:
        expected *= np.sqrt(300 / 299)
    np.testing.assert_allclose(projected(model, frame) * signs, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_it_is_the_model_of_coulis_reduce_and_projects_to_the_bits_of_its_vectors(spark, coulis, photos, tmp_path):
    from coulis.spark import ScaledPCAModel

    coulis("run", photos, "--out", tmp_path / "local", "--max-bad", 1)
    features = spark.read.parquet(str(tmp_path / "local" / "features"))
    local = ScaledPCAModel.fromResults(str(tmp_path / "local"))
    assert_same_model(scaled_pca().fit(features), local)
    for name, value in zip(("mean", "scale", "components"), results.pca_model(tmp_path / "local"), strict=True):
        assert arrays(local)[name].tobytes() == value.tobytes()
    found = {row["path"]: row["pca"] and np.array(row["pca"], np.float32).tobytes()
             for row in local.transform(features).collect()}
    expected = results.rows(tmp_path / "local", "pca")["pca"]
    assert {path: pca for path, pca in found.items() if pca} == {path: pca.tobytes() for path, pca in expected.items()}
    assert len(found) == len(expected) + 3


def test_the_command_projects_with_a_model_fitted_on_spark(spark, coulis, photos, frame, tmp_path):
    from coulis.spark import ScaledPCAModel

    model = scaled_pca(k=5).fit(frame)  # 24 numbers, as many as this layer gives
    model.writePcaModel(tmp_path / "fitted")
    model.write().overwrite().save(str(tmp_path / "saved"))
    for folder in "fitted", "saved":
        coulis("run", photos, "--out", tmp_path / f"by-{folder}", "--pca-from", tmp_path / folder, "--max-bad", 1, *QUICK)
        coulis("validate", tmp_path / f"by-{folder}")
        assert_same_model(ScaledPCAModel.fromResults(tmp_path / f"by-{folder}"), model, rtol=0)
    assert results.record(tmp_path / "by-fitted")["pca"]["k"] == 5
    assert "24 features, these are 1280" in coulis.fails(
        2, "run", photos, "--out", tmp_path / "none", "--pca-from", tmp_path / "fitted")
    assert "already" in error_of(lambda: model.writePcaModel(tmp_path / "fitted"))
    assert "already" in error_of(lambda: model.writePcaModel(tmp_path / "by-saved"))


def test_partitions_give_what_one_gives(frame):
    whole = scaled_pca(varianceShare=1.0).fit(frame.coalesce(1))
    assert_same_model(scaled_pca(varianceShare=1.0).fit(frame), whole)
    # More partitions than rows, so that some are empty, and a tree of two levels.
    many = frame.where("id < 9").repartition(20)
    assert_same_model(scaled_pca(k=3).fit(many), scaled_pca(k=3).fit(many.coalesce(1)))


def test_floats_doubles_and_vectors_are_the_same(frame):
    from pyspark.ml.functions import array_to_vector

    frame = frame.where("features is not null").coalesce(1)
    model = scaled_pca(k=4).fit(frame)
    for column in "cast(features as array<double>)", array_to_vector("features"):
        other = frame.select("id", column) if not isinstance(column, str) else frame.selectExpr("id", column)
        other = other.toDF("id", "features")
        assert_same_model(scaled_pca(k=4).fit(other), model, rtol=0)
        assert projected(model, other).tobytes() == projected(model, frame).tobytes()


def test_rows_without_a_vector_stay_and_have_no_projection(frame):
    model = scaled_pca(k=2, inputCol="features", outputCol="out.put").fit(frame)
    transformed = model.transform(frame)
    assert transformed.schema["out.put"].dataType.simpleString() == "array<float>"
    assert transformed.where("`out.put` is null").select("id").distinct().collect() == [(-1,)]
    assert transformed.count() == 303


def test_small_tables_that_the_driver_computes_are_projected(spark, frame):
    """Spark computes a projection of a table in the query itself while it plans."""
    model = scaled_pca(k=2).fit(frame)
    table = spark.sql("select * from values (array(%s)), (null) as t(features)" % ", ".join(["float(1.5)"] * DIMS))
    assert [len(row["pca"] or []) for row in model.transform(table).collect()] == [2, 0]


def test_threads_of_python_functions_may_ask_for_rows(frame):
    from pyspark.sql import functions as f

    first = f.udf(lambda pca: None if pca is None else pca[0], "float")
    model = scaled_pca(k=2).fit(frame)
    both = model.transform(frame).select(first("pca").alias("one"), f.expr("pca[0]").alias("other"))
    assert both.where("one <=> other").count() == 303 and len(both.limit(3).collect()) == 3


def test_estimator_and_model_are_saved_and_loaded(spark, frame, tmp_path):
    from coulis.spark import ScaledPCA, ScaledPCAModel

    estimator = scaled_pca(k=3, withStd=False, outputCol="reduced")
    estimator.save(str(tmp_path / "estimator"))
    loaded = ScaledPCA.load(str(tmp_path / "estimator"))
    assert loaded.uid == estimator.uid and loaded.explainParams() == estimator.explainParams()
    model = loaded.fit(frame)
    model.save(str(tmp_path / "model"))
    again = ScaledPCAModel.load(str(tmp_path / "model"))
    assert again.uid == model.uid and again.explainParams() == model.explainParams()
    assert (again.getK(), again.getWithStd(), again.getOutputCol()) == (3, False, "reduced")
    assert_same_model(again, model, rtol=0)
    assert again.copy({again.outputCol: "other"}).transform(frame).columns == ["id", "features", "other"]


def test_a_pipeline_of_both_stages_is_saved_and_loaded(spark, photos, tmp_path):
    from coulis.spark import ImageEmbedder, ScaledPCA, ScaledPCAModel
    from pyspark.ml import Pipeline, PipelineModel

    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(str(photos)).select("path", "content")
    Pipeline(stages=[ImageEmbedder(model="small"), ScaledPCA(k=2)]).save(str(tmp_path / "chain"))
    fitted = Pipeline.load(str(tmp_path / "chain")).fit(files)
    fitted.save(str(tmp_path / "fitted"))
    loaded = PipelineModel.load(str(tmp_path / "fitted"))
    assert isinstance(loaded.stages[1], ScaledPCAModel) and loaded.stages[1].fittedRows == 24
    rows = loaded.transform(files).drop("content").collect()
    assert sorted(map(str, rows)) == sorted(map(str, fitted.transform(files).drop("content").collect()))
    assert all((row["pca"] is None) == (row["error"] is not None) for row in rows) and len(rows) == 27


def test_what_another_line_of_spark_saved_is_loaded(frame, request):
    """Each line leaves what it saved, and loads what the other one left."""
    from coulis.spark import ScaledPCAModel

    model = scaled_pca(k=4).fit(frame)
    exchange = Path(os.environ.get("COULIS_SPARK_EXCHANGE") or request.getfixturevalue("tmp_path"))
    model.write().overwrite().save(str(exchange / pyspark_line()))
    for saved in exchange.iterdir():
        assert_same_model(ScaledPCAModel.load(str(saved)), model)


def pyspark_line() -> str:
    import pyspark

    return ".".join(pyspark.__version__.split(".")[:2])


@pytest.mark.parametrize(("schema", "parameters", "message"), [
    ("id int", {}, 'there is no column "features" (inputCol); there are: id'),
    ("features string", {}, 'column "features" (inputCol) is string; vectors are array<float>'),
    ("features array<int>", {}, 'column "features" (inputCol) is array<int>'),
    ("features array<float>, pca int", {}, 'there is a column "pca" already'),
    ("features array<float>", {"k": 2, "varianceShare": 0.9}, "k and varianceShare are both set"),
    ("features array<float>", {}, "has no value in any row"),
])
def test_what_cannot_be_fitted_is_refused(spark, schema, parameters, message):
    assert message in error_of(lambda: scaled_pca(**parameters).fit(spark.createDataFrame([], schema)))


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(("vectors", "parameters", "message"), [
    ([None, None], {}, "has no value in any row"),
    ([[1, 2, 3]], {}, "at least 2 vectors, got 1"),
    ([[1, 2, 3], [1, 2]], {}, "a vector of 2 numbers among vectors of 3"),
    ([[1, 2], [], [2, 3]], {}, "numbers"),
    ([[1, 2], [None, 3], [2, 3]], {}, "number 0 of a vector is null"),
    ([[1] * 70, [2] * 66 + [None] + [3] * 3], {}, "number 66 of a vector is null"),
    ([[1, 2], [NAN, 3], [2, 3]], {}, "needs finite vectors"),
    ([[1, 2], [INFINITY, 3], [2, 3]], {}, "needs finite vectors"),
    ([[1, 2], [1, 2]], {}, "vectors that differ"),
    ([[1, 2], [2, 4], [3, 7], [4, 1]], {"k": 3}, "cannot keep 3 components of 4 vectors of length 2: choose 1 to 2"),
    ([[1, 2, 3, 4], [2, 4, 5, 7], [3, 7, 1, 1]], {"k": 3}, "choose 1 to 2"),
])
def test_rows_that_cannot_be_fitted_are_told_in_one_line(spark, vectors, parameters, message):
    rows = [[vector and list(map(lambda x: x if x is None else float(x), vector))] for vector in vectors]
    for number in "double", "float":
        frame = spark.createDataFrame(rows, f"features array<{number}>").repartition(2)
        said = error_of(lambda frame=frame: scaled_pca(**parameters).fit(frame))
        assert message in said and "\n" not in said


@pytest.mark.parametrize(("name", "value"), [("k", 0), ("varianceShare", 0.0), ("varianceShare", 1.5)])
def test_a_value_that_a_parameter_cannot_have_is_refused(frame, name, value):
    assert name in error_of(lambda: scaled_pca(**{name: value}).fit(frame))


def test_vectors_of_another_length_and_folders_without_a_model_are_refused(spark, frame, tmp_path):
    from coulis.spark import ScaledPCAModel

    model = scaled_pca(k=2).fit(frame)
    short = spark.createDataFrame([[[1.0, 2.0]]], "features array<float>").repartition(1)
    assert "a vector of 2 numbers; the PCA was fitted on vectors of 24" in error_of(model.transform(short).collect)
    assert "there is no PCA model in" in error_of(lambda: ScaledPCAModel.fromResults(tmp_path))
    model.writePcaModel(tmp_path)
    damaged = tmp_path / "pca_model" / "components.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-50])
    assert "components.parquet" in error_of(lambda: ScaledPCAModel.fromResults(tmp_path))
