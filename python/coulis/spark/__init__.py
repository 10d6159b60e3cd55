"""Stages of Spark ML: images into features, features into principal components.

    import coulis.spark
    from pyspark.ml import Pipeline

    spark = coulis.spark.session()
    images = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load("s3a://bucket/photos")
    chain = Pipeline(stages=[coulis.spark.ImageEmbedder(), coulis.spark.ScaledPCA(varianceShare=0.95)])
    vectors = chain.fit(images).transform(images).select("path", "pca", "error")

The work is done by the classes of the same names in coulis-spark.jar (docs/spark.md); nothing is computed in Python. The
classes lie in this very module because Spark finds a saved stage's Python class by its Java name.
"""

from pyspark import keyword_only
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaTransformer, JavaWrapper

from coulis.spark._session import JarMissing, is_connect, jar, require_jar, session

__all__ = ["ImageEmbedder", "JarMissing", "ScaledPCA", "ScaledPCAModel", "jar", "session"]


def _java_stage(stage):
    """The Java object behind a stage: of the class of the same name."""
    require_jar()
    return JavaWrapper._new_java_obj(f"coulis.spark.{type(stage).__name__}", stage.uid)


class ImageEmbedder(JavaTransformer, HasInputCol, HasOutputCol, JavaMLReadable, JavaMLWritable):
    """Images into feature vectors: the rows and bits of `coulis embed`.

    Adds two columns: `outputCol` (array<float>, null for a bad image) and `errorCol` (string, what is wrong with a bad
    image, else null). `inputCol` holds the images (binary) or the paths or URIs of their files (string).

        embedder = ImageEmbedder(model="s3a://bucket/models/mobilenet_v2", precision="bf16")
        features = embedder.transform(images).where("error is null")
        embedder.setOutputCol("vector").write().overwrite().save("s3a://bucket/stages/embedder")
        again = ImageEmbedder.load("s3a://bucket/stages/embedder")
    """

    errorCol = Param(Params._dummy(), "errorCol", "column to add for what is wrong with a bad image: string, else null",
                     TypeConverters.toString)
    model = Param(Params._dummy(), "model", "an installed model's name, or the path or URI of a model's folder",
                  TypeConverters.toString)
    layer = Param(Params._dummy(), "layer", "layer whose output is the features; empty: the model's own output",
                  TypeConverters.toString)
    precision = Param(Params._dummy(), "precision", "f32, bf16 or int8", TypeConverters.toString)
    decode = Param(Params._dummy(), "decode", "exact: as Pillow does; fast: large JPEGs are shrunk as they are decoded",
                   TypeConverters.toString)
    maxPixels = Param(Params._dummy(), "maxPixels", "largest width x height of an image", TypeConverters.toInt)

    @keyword_only
    def __init__(self, *, inputCol="content", outputCol="features", errorCol="error", model="mobilenet_v2", layer="",
                 precision="f32", decode="exact", maxPixels=89478485):
        super().__init__()
        self._java_obj = _java_stage(self)
        self._setDefault(inputCol="content", outputCol="features", errorCol="error", model="mobilenet_v2", layer="",
                         precision="f32", decode="exact", maxPixels=89478485)
        self._set(**self._input_kwargs)

    @keyword_only
    def setParams(self, *, inputCol="content", outputCol="features", errorCol="error", model="mobilenet_v2", layer="",
                  precision="f32", decode="exact", maxPixels=89478485):
        """Sets those that are named; the others stay."""
        return self._set(**self._input_kwargs)

    def setInputCol(self, value):
        return self._set(inputCol=value)

    def setOutputCol(self, value):
        return self._set(outputCol=value)

    def setErrorCol(self, value):
        return self._set(errorCol=value)

    def getErrorCol(self):
        return self.getOrDefault(self.errorCol)

    def setModel(self, value):
        return self._set(model=value)

    def getModel(self):
        return self.getOrDefault(self.model)

    def setLayer(self, value):
        return self._set(layer=value)

    def getLayer(self):
        return self.getOrDefault(self.layer)

    def setPrecision(self, value):
        return self._set(precision=value)

    def getPrecision(self):
        return self.getOrDefault(self.precision)

    def setDecode(self, value):
        return self._set(decode=value)

    def getDecode(self):
        return self.getOrDefault(self.decode)

    def setMaxPixels(self, value):
        return self._set(maxPixels=value)

    def getMaxPixels(self):
        return self.getOrDefault(self.maxPixels)


class _ScaledPCAParams(HasInputCol, HasOutputCol):
    k = Param(Params._dummy(), "k", "number of components to keep; not together with varianceShare", TypeConverters.toInt)
    varianceShare = Param(Params._dummy(), "varianceShare", "keep the fewest components that explain this share of the "
                          "variance; not together with k", TypeConverters.toFloat)
    withStd = Param(Params._dummy(), "withStd", "divide each number by its standard deviation first",
                    TypeConverters.toBoolean)

    def __init__(self, *args):
        super().__init__(*args)
        self._setDefault(inputCol="features", outputCol="pca", varianceShare=0.95, withStd=True)

    def setInputCol(self, value):
        return self._set(inputCol=value)

    def setOutputCol(self, value):
        return self._set(outputCol=value)

    def getK(self):
        return self.getOrDefault(self.k)

    def getVarianceShare(self):
        return self.getOrDefault(self.varianceShare)

    def getWithStd(self):
        return self.getOrDefault(self.withStd)


class ScaledPCA(JavaEstimator, _ScaledPCAParams, JavaMLReadable, JavaMLWritable):
    """Standardise and principal component analysis in one pass over the data: the model of `coulis reduce`.

    `inputCol` holds vectors of one length: array<float>, array<double>, or Spark ML's vectors; rows where it is null are
    passed over. Keeps `k` components, or the fewest that explain `varianceShare` of the variance (0.95).

        model = ScaledPCA(inputCol="features", outputCol="pca", k=50).fit(features)
        model.explainedVarianceRatio.toArray().sum()
    """

    @keyword_only
    def __init__(self, *, inputCol="features", outputCol="pca", k=None, varianceShare=0.95, withStd=True):
        super().__init__()
        self._java_obj = _java_stage(self)
        self._set(**self._input_kwargs)

    @keyword_only
    def setParams(self, *, inputCol="features", outputCol="pca", k=None, varianceShare=0.95, withStd=True):
        """Sets those that are named; the others stay."""
        return self._set(**self._input_kwargs)

    def setK(self, value):
        return self._set(k=value)

    def setVarianceShare(self, value):
        return self._set(varianceShare=value)

    def setWithStd(self, value):
        return self._set(withStd=value)

    def _create_model(self, java_model):
        return ScaledPCAModel(java_model)


class ScaledPCAModel(JavaModel, _ScaledPCAParams, JavaMLReadable, JavaMLWritable):
    """A fitted ScaledPCA: adds `outputCol` (array<float>), null where `inputCol` is null.

        model = ScaledPCAModel.fromResults("s3a://bucket/results")    # of a local run
        vectors = model.transform(features)
        model.writePcaModel("s3a://bucket/fitted")                     # coulis run … --pca-from s3://bucket/fitted
    """

    @classmethod
    def fromResults(cls, path):
        """The model in the results of `coulis run` or `coulis reduce`, or in what writePcaModel wrote."""
        require_jar()
        return cls.load(str(path))

    def writePcaModel(self, path):
        """Writes `path`/pca_model, for `--pca-from path` of the command and for fromResults."""
        self._ask("writePcaModel", str(path))

    def _ask(self, name, *arguments):
        if is_connect():
            raise NotImplementedError(f"Spark Connect lets nobody ask a model that is not Spark's own for {name}: save the "
                                      "model, and read the tables in the folder pca_model of what was saved")
        return self._call_java(name, *arguments)

    @property
    def fittedRows(self):
        """How many vectors it was fitted on."""
        return self._ask("fittedRows")

    @property
    def mean(self):
        """DenseVector: of each number of the input."""
        return self._ask("mean")

    @property
    def scale(self):
        """DenseVector: standard deviation (divisor n) of each number; 1 for a constant one, and without withStd."""
        return self._ask("scale")

    @property
    def components(self):
        """DenseMatrix: a row for each component, of unit length, its largest coefficient positive."""
        return self._ask("components")

    @property
    def explainedVariance(self):
        """DenseVector: variance (divisor n - 1) of each component."""
        return self._ask("explainedVariance")

    @property
    def explainedVarianceRatio(self):
        """DenseVector: share of the whole variance of each component."""
        return self._ask("explainedVarianceRatio")
