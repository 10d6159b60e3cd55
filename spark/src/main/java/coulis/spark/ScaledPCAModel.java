package coulis.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A fitted ScaledPCA: adds outputCol, components * ((x - mean) / scale) as array of float, null where inputCol is null.
 * The projections are those of `coulis reduce` with the same model, to the bit.
 */
public class ScaledPCAModel extends Model<ScaledPCAModel> implements ScaledPCAParams, MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final IntParam k;
  private final DoubleParam varianceShare;
  private final BooleanParam withStd;
  private FittedPca pca;

  /** An empty one: Spark Connect finds stages by Java's ServiceLoader, which asks for this form. */
  public ScaledPCAModel() {
    this(Identifiable$.MODULE$.randomUID("ScaledPCA"));
  }

  /** The form that Spark's readers and copies call: what was fitted is to follow. */
  public ScaledPCAModel(String uid) {
    this.uid = uid;
    ScaledPCA estimator = new ScaledPCA(uid);  // Parameters are equal when uid and name are.
    inputCol = estimator.inputCol();
    outputCol = estimator.outputCol();
    k = estimator.k();
    varianceShare = estimator.varianceShare();
    withStd = estimator.withStd();
    estimator.copyValues(this, ParamMap.empty());
  }

  ScaledPCAModel(String uid, FittedPca pca) {
    this(uid);
    this.pca = pca;
  }

  public static MLReader<ScaledPCAModel> read() {
    return new ScaledPCAModelReader();
  }

  public static ScaledPCAModel load(String path) {
    return read().load(path);
  }

  /** The model in the results of `coulis run` or `coulis reduce`: a folder or URI that Hadoop's file systems read. */
  public static ScaledPCAModel fromResults(String path) {
    return load(path);
  }

  /** Writes PATH/pca_model, from which `coulis run --pca-from PATH` and fromResults read. PATH holds no results yet. */
  public void writePcaModel(String path) {
    writePcaModel(path, SparkSession.active());
  }

  static FittedPca readPca(String path, SparkSession session) {
    try {
      return PcaModelFiles.read(new Path(path, PcaModelFiles.FOLDER), hadoop(session));
    } catch (IOException error) {
      throw new UncheckedIOException(error.getMessage(), error);
    }
  }

  void writePcaModel(String path, SparkSession session) {
    Path folder = new Path(path, PcaModelFiles.FOLDER);
    try {
      for (Path taken : new Path[] {folder, new Path(path, "run.json")}) {
        if (!HadoopFiles.of(taken, hadoop(session)).exists(taken)) continue;
        throw new IOException("there is " + HadoopFiles.text(taken) + " already: choose another folder");
      }
      PcaModelFiles.write(fitted(), folder, hadoop(session));
    } catch (IOException error) {
      throw new UncheckedIOException(error.getMessage(), error);
    }
  }

  private static Configuration hadoop(SparkSession session) {
    return session.sparkContext().hadoopConfiguration();
  }

  void setPca(FittedPca value) {
    pca = value;
  }

  private FittedPca fitted() {
    if (pca != null) return pca;
    throw new IllegalStateException("this model is empty: ScaledPCA's fit, load or fromResults give one");
  }

  /** How many vectors it was fitted on. */
  public long fittedRows() {
    return fitted().count;
  }

  /** Of each number of the input. */
  public DenseVector mean() {
    return new DenseVector(fitted().mean);
  }

  /** Standard deviation (divisor n) of each number of the input; 1 for a constant one, and without withStd. */
  public DenseVector scale() {
    return new DenseVector(fitted().scale);
  }

  /** A row for each component, by falling variance: unit length, its coefficient of largest magnitude positive. */
  public DenseMatrix components() {
    FittedPca of = fitted();
    return new DenseMatrix(of.k(), of.dims(), of.components, /*isTransposed=*/ true);
  }

  /** Variance (divisor n - 1) of each component. */
  public DenseVector explainedVariance() {
    return new DenseVector(fitted().explainedVariance);
  }

  /** Share of the whole variance of each component: what Spark ML's PCAModel calls explainedVariance. */
  public DenseVector explainedVarianceRatio() {
    return new DenseVector(fitted().explainedVarianceRatio);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public ScaledPCAModel copy(ParamMap extra) {
    return copyValues(new ScaledPCAModel(uid, pca), extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new ScaledPCAModelWriter(this);
  }

  /** Errors: IllegalArgumentException, naming the column. */
  @Override
  public StructType transformSchema(StructType schema) {
    return transformed(schema, getInputCol(), getOutputCol());
  }

  static StructType transformed(StructType schema, String inputCol, String outputCol) {
    VectorColumn.require(schema, inputCol);
    if (schema.getFieldIndex(outputCol).isDefined()) {
      throw new IllegalArgumentException("there is a column \"" + outputCol + "\" already: choose another outputCol, or "
          + "drop it");
    }
    return schema.add(outputCol, DataTypes.createArrayType(DataTypes.FloatType, false), true);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType schema = transformSchema(dataset.schema());
    JavaSparkContext context = JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
    ProjectRow project = new ProjectRow(context.broadcast(fitted()));
    return dataset.withColumn(getOutputCol(), functions.udf(project, schema.apply(getOutputCol()).dataType())
        .apply(VectorColumn.of(dataset, getInputCol())));
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

  public ScaledPCAModel setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  public ScaledPCAModel setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }
}
