package coulis.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Images into feature vectors, on the executors: decode, resize, network. Adds two columns to a dataset: outputCol,
 * array of float, null where the image is bad, and errorCol, string, which then says why and is null elsewhere.
 *
 * <p>inputCol holds the bytes of the images (binary; "content" of Spark's binaryFile source, the default) or the paths
 * or URIs of their files (string), which executors read by Hadoop's file systems. The features are those of
 * `coulis embed` with the same options, to the bit on the same kind of processor.
 */
public class ImageEmbedder extends Transformer implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  // Made by the constructor: Spark's own base class asks for uid before initialisers have run.
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final Param<String> errorCol;
  private final Param<String> model;
  private final Param<String> layer;
  private final Param<String> precision;
  private final Param<String> decode;
  private final LongParam maxPixels;

  public ImageEmbedder() {
    this(Identifiable$.MODULE$.randomUID("ImageEmbedder"));
  }

  /** The form that Spark's readers and copies call. */
  public ImageEmbedder(String uid) {
    this.uid = uid;
    inputCol = new Param<>(this, "inputCol", "column of images (binary) or of their paths (string)");
    outputCol = new Param<>(this, "outputCol", "column to add for the features: array of float, null for a bad image");
    errorCol = new Param<>(this, "errorCol", "column to add for what is wrong with a bad image: string, else null");
    model = new Param<>(this, "model", "an installed model's name, or the path or URI of a model's folder");
    layer = new Param<>(this, "layer", "layer whose output is the features; empty: the model's own output");
    precision = new Param<>(this, "precision", "f32, bf16 or int8",
        ParamValidators.<String>inArray(EmbedSettings.PRECISIONS));
    decode = new Param<>(this, "decode", "exact: as Pillow does; fast: large JPEGs are shrunk as they are decoded",
        ParamValidators.<String>inArray(java.util.Arrays.asList("exact", "fast")));
    maxPixels = new LongParam(this, "maxPixels", "largest width x height of an image",
        ParamValidators.<Object>gt(0));
    setDefault(inputCol, "content");
    setDefault(outputCol, "features");
    setDefault(errorCol, "error");
    setDefault(model, "mobilenet_v2");
    setDefault(layer, "");
    setDefault(precision, "f32");
    setDefault(decode, "exact");
    setDefault(maxPixels, 89_478_485L);  // coulis::DecodeLimits::max_pixels
  }

  public static MLReader<ImageEmbedder> read() {
    return new DefaultParamsReader<>();
  }

  public static ImageEmbedder load(String path) {
    return read().load(path);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public ImageEmbedder copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Errors: IllegalArgumentException, naming the column. */
  @Override
  public StructType transformSchema(StructType schema) {
    String input = getInputCol();
    if (schema.getFieldIndex(input).isEmpty()) {
      throw new IllegalArgumentException("there is no column \"" + input + "\" (inputCol); there are: "
          + String.join(", ", schema.fieldNames()));
    }
    DataType type = schema.apply(input).dataType();
    if (!(type instanceof BinaryType) && !(type instanceof StringType)) {
      throw new IllegalArgumentException("column \"" + input + "\" (inputCol) is " + type.simpleString()
          + "; images are binary, or their paths string");
    }
    if (getOutputCol().equals(getErrorCol())) {
      throw new IllegalArgumentException("outputCol and errorCol are both \"" + getErrorCol() + "\"");
    }
    for (String added : new String[] {getOutputCol(), getErrorCol()}) {
      if (schema.getFieldIndex(added).isDefined()) {
        throw new IllegalArgumentException("there is a column \"" + added + "\" already: choose another outputCol or "
            + "errorCol, or drop it");
      }
    }
    return schema.add(getOutputCol(), DataTypes.createArrayType(DataTypes.FloatType, false), true)
        .add(getErrorCol(), DataTypes.StringType, true);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType schema = transformSchema(dataset.schema());
    JavaSparkContext context = JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
    ModelFiles files;
    try {
      files = ModelFiles.open(getModel(), getPrecision(), context.hadoopConfiguration());
    } catch (IOException error) {
      throw new UncheckedIOException(error.getMessage(), error);
    }
    EmbedSettings settings = new EmbedSettings(getLayer(), getPrecision(), getDecode(), /*exifRotate=*/ false,
        getMaxPixels());
    int column = dataset.schema().fieldIndex(getInputCol());
    boolean paths = dataset.schema().apply(column).dataType() instanceof StringType;
    EmbedRows rows = new EmbedRows(column, paths, settings, files.identity(),
        context.broadcast(files), context.broadcast(new SerializableConfiguration(context.hadoopConfiguration())));
    return dataset.toDF().mapPartitions(rows, Encoders.row(schema));
  }

  public Param<String> inputCol() {
    return inputCol;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public Param<String> errorCol() {
    return errorCol;
  }

  public Param<String> model() {
    return model;
  }

  public Param<String> layer() {
    return layer;
  }

  public Param<String> precision() {
    return precision;
  }

  public Param<String> decode() {
    return decode;
  }

  public LongParam maxPixels() {
    return maxPixels;
  }

  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  public String getErrorCol() {
    return getOrDefault(errorCol);
  }

  public String getModel() {
    return getOrDefault(model);
  }

  public String getLayer() {
    return getOrDefault(layer);
  }

  public String getPrecision() {
    return getOrDefault(precision);
  }

  public String getDecode() {
    return getOrDefault(decode);
  }

  public long getMaxPixels() {
    return (Long) getOrDefault(maxPixels);
  }

  public ImageEmbedder setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  public ImageEmbedder setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  public ImageEmbedder setErrorCol(String value) {
    set(errorCol, value);
    return this;
  }

  public ImageEmbedder setModel(String value) {
    set(model, value);
    return this;
  }

  public ImageEmbedder setLayer(String value) {
    set(layer, value);
    return this;
  }

  public ImageEmbedder setPrecision(String value) {
    set(precision, value);
    return this;
  }

  public ImageEmbedder setDecode(String value) {
    set(decode, value);
    return this;
  }

  public ImageEmbedder setMaxPixels(long value) {
    set(maxPixels, value);
    return this;
  }
}
