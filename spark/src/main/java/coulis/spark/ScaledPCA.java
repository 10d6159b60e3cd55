package coulis.spark;

import java.util.Collections;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Standardisation and principal component analysis, fitted in one pass over the data: executors sum up count, mean and
 * co-moments natively and merge them as a tree, the driver solves the eigenproblem.
 *
 * <p>inputCol holds vectors of one length: array of float (what ImageEmbedder gives), array of double, or Spark ML's
 * vectors. Rows where it is null are passed over. Kept are `k` components, or the fewest that explain `varianceShare` of
 * the variance. The model is that of `coulis reduce` on the same vectors, to rounding.
 */
public class ScaledPCA extends Estimator<ScaledPCAModel> implements ScaledPCAParams, DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  /** Of the tree: two levels of the square root of the partitions. */
  private static final int TREE_DEPTH = 2;
  /** Sums that the driver merges itself: so few cost it less than a further stage would. */
  private static final int FEW_PARTITIONS = 8;

  private final String uid;
  // Made by the constructor: Spark's own base class asks for uid before initialisers have run.
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final IntParam k;
  private final DoubleParam varianceShare;
  private final BooleanParam withStd;

  public ScaledPCA() {
    this(Identifiable$.MODULE$.randomUID("ScaledPCA"));
  }

  /** The form that Spark's readers and copies call. */
  public ScaledPCA(String uid) {
    this.uid = uid;
    inputCol = new Param<>(this, "inputCol", "column of vectors: array of float or double, or Spark ML's vector");
    outputCol = new Param<>(this, "outputCol", "column to add for the projected vectors: array of float");
    k = new IntParam(this, "k", "number of components to keep; not together with varianceShare",
        ParamValidators.<Object>gt(0));
    varianceShare = new DoubleParam(this, "varianceShare", "keep the fewest components that explain this share of the "
        + "variance; not together with k", ParamValidators.<Object>inRange(0, 1, false, true));
    withStd = new BooleanParam(this, "withStd", "divide each number by its standard deviation first");
    setDefault(inputCol, "features");
    setDefault(outputCol, "pca");
    setDefault(varianceShare, 0.95);
    setDefault(withStd, true);
  }

  public static MLReader<ScaledPCA> read() {
    return new DefaultParamsReader<>();
  }

  public static ScaledPCA load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public ScaledPCA copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Errors: IllegalArgumentException, naming the column or the parameters. */
  @Override
  public StructType transformSchema(StructType schema) {
    if (isSet(k) && isSet(varianceShare)) {
      throw new IllegalArgumentException("k and varianceShare are both set: clear one of them");
    }
    return ScaledPCAModel.transformed(schema, getInputCol(), getOutputCol());
  }

  /** Errors: IllegalArgumentException that says what is wrong with the parameters or the rows. */
  @Override
  public ScaledPCAModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    Dataset<Row> column = dataset.select(VectorColumn.of(dataset, getInputCol()));
    VectorColumn.Reader vectors = VectorColumn.reader(column.schema().apply(0).dataType());
    JavaRDD<PartialMoments> sums = column.queryExecution().toRdd().toJavaRDD()
        .mapPartitions(rows -> Collections.singleton(PartialMoments.of(rows, vectors)).iterator());
    Moments moments = merged(sums).get();
    if (moments == null) {
      throw new IllegalArgumentException("PCA needs at least 2 vectors: column \"" + getInputCol()
          + "\" (inputCol) has no value in any row");
    }
    try {
      FittedPca pca = MomentsBuilder.fit(moments, isSet(k) ? getK() : 0, getVarianceShare(), getWithStd());
      return copyValues(new ScaledPCAModel(uid, pca).setParent(this), ParamMap.empty());
    } catch (NativeException error) {
      throw new IllegalArgumentException(error.getMessage(), error);
    }
  }

  private static PartialMoments merged(JavaRDD<PartialMoments> sums) {
    if (sums.getNumPartitions() <= FEW_PARTITIONS) return sums.fold(PartialMoments.NONE, PartialMoments::with);
    return sums.treeAggregate(PartialMoments.NONE, PartialMoments::with, PartialMoments::with, TREE_DEPTH,
        /*finalAggregateOnExecutor=*/ true);
  }

  @Override
  public Param<String> inputCol() {
    return inputCol;
  }

  @Override
  public Param<String> outputCol() {
    return outputCol;
  }

  @Override
  public IntParam k() {
    return k;
  }

  @Override
  public DoubleParam varianceShare() {
    return varianceShare;
  }

  @Override
  public BooleanParam withStd() {
    return withStd;
  }

  public ScaledPCA setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  public ScaledPCA setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  public ScaledPCA setK(int value) {
    set(k, value);
    return this;
  }

  public ScaledPCA setVarianceShare(double value) {
    set(varianceShare, value);
    return this;
  }

  public ScaledPCA setWithStd(boolean value) {
    set(withStd, value);
    return this;
  }
}
