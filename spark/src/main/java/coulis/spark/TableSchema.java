package coulis.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * Schemas of the tables of docs/formats.md: as Arrow has them, and as Parquet does. Types: string, int32, int64, float,
 * double, and of the last two lists, whose elements are never null, of fixed size or any.
 */
final class TableSchema {
  /** Where Arrow's readers look for the schema that Parquet cannot say in full. */
  static final String KEY = "ARROW:schema";

  private static final ArrowType FLOAT = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
  private static final ArrowType DOUBLE = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
  private static final String ELEMENT = "element";

  private TableSchema() {}

  static Field text(String name, boolean nullable) {
    return field(name, nullable, ArrowType.Utf8.INSTANCE);
  }

  static Field int32(String name, boolean nullable) {
    return field(name, nullable, new ArrowType.Int(32, /*isSigned=*/ true));
  }

  static Field int64(String name, boolean nullable) {
    return field(name, nullable, new ArrowType.Int(64, /*isSigned=*/ true));
  }

  static Field number(String name) {
    return field(name, /*nullable=*/ false, DOUBLE);
  }

  /** fixed_size_list&lt;float&gt;[length]; Spark reads it as array&lt;float&gt;. */
  static Field floats(String name, int length, boolean nullable) {
    return field(name, nullable, new ArrowType.FixedSizeList(length), field(ELEMENT, /*nullable=*/ false, FLOAT));
  }

  /** fixed_size_list&lt;double&gt;[length], not null. */
  static Field doubles(String name, int length) {
    return field(name, false, new ArrowType.FixedSizeList(length), field(ELEMENT, /*nullable=*/ false, DOUBLE));
  }

  /** list&lt;double&gt;, not null. */
  static Field doubles(String name) {
    return field(name, false, ArrowType.List.INSTANCE, field(ELEMENT, /*nullable=*/ false, DOUBLE));
  }

  private static Field field(String name, boolean nullable, ArrowType type, Field... children) {
    return new Field(name, new FieldType(nullable, type, null), children.length == 0 ? null : Arrays.asList(children));
  }

  /** Length of the list of that name; -1 when there is no list of fixed size that is called so. */
  static int length(Schema schema, String name) {
    for (Field field : schema.getFields()) {
      if (!field.getName().equals(name) || !(field.getType() instanceof ArrowType.FixedSizeList)) continue;
      return ((ArrowType.FixedSizeList) field.getType()).getListSize();
    }
    return -1;
  }

  static MessageType toParquet(Schema schema) {
    List<Type> columns = new ArrayList<>();
    for (Field field : schema.getFields()) columns.add(toParquet(field));
    return new MessageType("schema", columns);
  }

  private static Type toParquet(Field field) {
    Repetition repetition = field.isNullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    if (field.getChildren().isEmpty()) {
      PrimitiveTypeName type = primitive(field.getType());
      if (type != PrimitiveTypeName.BINARY) return Types.primitive(type, repetition).named(field.getName());
      return Types.primitive(type, repetition).as(LogicalTypeAnnotation.stringType()).named(field.getName());
    }
    return Types.list(repetition).requiredElement(primitive(field.getChildren().get(0).getType())).named(field.getName());
  }

  private static PrimitiveTypeName primitive(ArrowType type) {
    if (type instanceof ArrowType.Utf8) return PrimitiveTypeName.BINARY;
    if (type instanceof ArrowType.Int) {
      return ((ArrowType.Int) type).getBitWidth() == 32 ? PrimitiveTypeName.INT32 : PrimitiveTypeName.INT64;
    }
    return type.equals(FLOAT) ? PrimitiveTypeName.FLOAT : PrimitiveTypeName.DOUBLE;
  }

  /** As Arrow's own writers store it: the encapsulated message of its IPC format, in base64. */
  static String toText(Schema schema) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), schema);
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /** Null where there is none in `metadata`. */
  static Schema fromMetadata(Map<String, String> metadata) throws IOException {
    String text = metadata.get(KEY);
    if (text == null) return null;
    byte[] bytes = Base64.getDecoder().decode(text);
    return MessageSerializer.deserializeSchema(new ReadChannel(Channels.newChannel(new ByteArrayInputStream(bytes))));
  }

  /** Whether they have the same columns. */
  static boolean same(Schema a, Schema b) {
    return a.getFields().equals(b.getFields());
  }
}
