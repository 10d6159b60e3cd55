package coulis.spark;

import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;

/** Columns of vectors: array of float, array of double, or Spark ML's own vectors. */
final class VectorColumn {
  private VectorColumn() {}

  /** Errors: IllegalArgumentException, naming the column. */
  static void require(StructType schema, String column) {
    if (schema.getFieldIndex(column).isEmpty()) {
      throw new IllegalArgumentException("there is no column \"" + column + "\" (inputCol); there are: "
          + String.join(", ", schema.fieldNames()));
    }
    DataType type = schema.apply(column).dataType();
    if (!isVector(type)) {
      throw new IllegalArgumentException("column \"" + column + "\" (inputCol) is " + type.simpleString()
          + "; vectors are array<float>, array<double>, or Spark ML's vector");
    }
  }

  private static boolean isVector(DataType type) {
    if (!(type instanceof ArrayType)) return type.equals(SQLDataTypes.VectorType());
    DataType element = ((ArrayType) type).elementType();
    return element instanceof FloatType || element instanceof DoubleType;
  }

  /** The column of exactly that name: a dot in it is a dot. */
  static Column of(Dataset<?> dataset, String name) {
    return dataset.col("`" + name.replace("`", "``") + "`");
  }

  /**
   * @param value of such a column, not null
   * @throws IllegalArgumentException when one of its numbers is null
   */
  static double[] numbers(Object value) {
    if (value instanceof Vector) return ((Vector) value).toArray();
    Seq<?> list = (Seq<?>) value;
    double[] numbers = new double[list.length()];
    for (int i = 0; i < numbers.length; ++i) {
      Object number = list.apply(i);
      if (number == null) throw new IllegalArgumentException("number " + i + " of a vector is null");
      numbers[i] = ((Number) number).doubleValue();
    }
    return numbers;
  }
}
