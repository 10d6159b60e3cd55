package coulis.spark;

import java.io.Serializable;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
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

  /** Takes the vector out of a row of one column as Spark holds it; null where there is none. */
  interface Reader extends Serializable {
    /** @throws IllegalArgumentException when a number of the vector is null */
    double[] read(InternalRow row);
  }

  /** Without an object for each number, which `Row` would make. */
  static Reader reader(DataType type) {
    if (type instanceof ArrayType) {
      boolean isFloat = ((ArrayType) type).elementType() instanceof FloatType;
      boolean mayHaveNulls = ((ArrayType) type).containsNull();
      return row -> {
        if (row.isNullAt(0)) return null;
        ArrayData list = row.getArray(0);
        if (mayHaveNulls) requireNoNull(list);
        return isFloat ? widened(list.toFloatArray()) : list.toDoubleArray();
      };
    }
    UserDefinedType<?> vectors = (UserDefinedType<?>) type;
    int fields = ((StructType) vectors.sqlType()).size();
    return row -> row.isNullAt(0) ? null : ((Vector) vectors.deserialize(row.getStruct(0, fields))).toArray();
  }

  private static void requireNoNull(ArrayData list) {
    for (int i = 0; i < list.numElements(); ++i) {
      if (list.isNullAt(i)) throw nullAt(i);
    }
  }

  private static double[] widened(float[] floats) {
    double[] numbers = new double[floats.length];
    for (int i = 0; i < floats.length; ++i) numbers[i] = floats[i];
    return numbers;
  }

  /**
   * @param value of such a column as functions and `Row` have it, not null
   * @throws IllegalArgumentException when one of its numbers is null
   */
  static double[] numbers(Object value) {
    if (value instanceof Vector) return ((Vector) value).toArray();
    Seq<?> list = (Seq<?>) value;
    double[] numbers = new double[list.length()];
    for (int i = 0; i < numbers.length; ++i) {
      Object number = list.apply(i);
      if (number == null) throw nullAt(i);
      numbers[i] = ((Number) number).doubleValue();
    }
    return numbers;
  }

  private static IllegalArgumentException nullAt(int index) {
    return new IllegalArgumentException("number " + index + " of a vector is null");
  }
}
