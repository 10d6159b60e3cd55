package coulis.spark;

import java.io.Serializable;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.bitset.BitSetMethods;
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

  /** Adds the vector in a row of one column, as Spark holds it; nothing where there is none. */
  interface Reader extends Serializable {
    /** @throws IllegalArgumentException when a number of the vector is null, or MomentsBuilder does not take it */
    void read(InternalRow row, MomentsBuilder moments) throws NativeException;
  }

  /** Without an object for each number, which `Row` would make. */
  static Reader reader(DataType type) {
    if (type instanceof ArrayType) {
      boolean isFloat = ((ArrayType) type).elementType() instanceof FloatType;
      boolean mayHaveNulls = ((ArrayType) type).containsNull();
      return (row, moments) -> {
        if (row.isNullAt(0)) return;
        ArrayData list = row.getArray(0);
        if (mayHaveNulls && hasNull(list)) throw nullAt(firstNull(list));
        if (!isFloat) {
          moments.add(list.toDoubleArray());
        } else if (list instanceof UnsafeArrayData) {
          moments.addFloats((UnsafeArrayData) list);
        } else {
          moments.add(list.toFloatArray());
        }
      };
    }
    UserDefinedType<?> vectors = (UserDefinedType<?>) type;
    int fields = ((StructType) vectors.sqlType()).size();
    return (row, moments) -> {
      if (!row.isNullAt(0)) moments.add(((Vector) vectors.deserialize(row.getStruct(0, fields))).toArray());
    };
  }

  // Of rows in Spark's own layout 64 flags are looked at together.
  private static boolean hasNull(ArrayData list) {
    if (!(list instanceof UnsafeArrayData)) return firstNull(list) < list.numElements();
    UnsafeArrayData flat = (UnsafeArrayData) list;
    int words = UnsafeArrayData.calculateHeaderPortionInBytes(flat.numElements()) / Long.BYTES - 1;
    return BitSetMethods.anySet(flat.getBaseObject(), flat.getBaseOffset() + Long.BYTES, words);
  }

  /** numElements() where there is none. */
  private static int firstNull(ArrayData list) {
    int i = 0;
    while (i < list.numElements() && !list.isNullAt(i)) ++i;
    return i;
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
