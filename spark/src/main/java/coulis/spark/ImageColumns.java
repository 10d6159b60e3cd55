package coulis.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Which columns of a Parquet file hold images, their paths and their labels: src/store/image_columns.h. */
final class ImageColumns {
  /** There is no column of bytes. */
  static final class NoImages extends Exception {
    private static final long serialVersionUID = 1;
  }

  /** Several columns to choose from, or not the one that is wanted. */
  static final class BadColumn extends Exception {
    private static final long serialVersionUID = 1;

    BadColumn(String message) {
      super(message);
    }
  }

  private static final String PATH = "path";
  private static final String LABEL = "label";
  private static final String BYTES = "bytes";

  /** What to read, of the file's schema. */
  final MessageType requested;
  /** Dotted paths of the columns; null: there is none. */
  final String bytes;
  final String imageName;
  final String path;
  final String label;
  private final List<String> labelNames;

  /** @param wanted the name of the column of images; empty: choose */
  ImageColumns(MessageType schema, Map<String, String> metadata, String wanted) throws NoImages, BadColumn {
    Type image = schema.getType(choose(schema, wanted));
    List<Type> fields = new ArrayList<>();
    if (image.isPrimitive()) {
      fields.add(image);
      bytes = image.getName();
      imageName = null;
    } else {
      GroupType group = image.asGroupType();
      List<Type> inner = group.getFields().stream()
          .filter(field -> field.getName().equals(BYTES) || field.getName().equals(PATH) && isText(field))
          .collect(Collectors.toList());
      fields.add(group.withNewFields(inner));
      bytes = image.getName() + "." + BYTES;
      imageName = inner.size() > 1 ? image.getName() + "." + PATH : null;
    }
    path = add(schema, PATH, fields, /*numbers=*/ false);
    label = add(schema, LABEL, fields, /*numbers=*/ true);
    labelNames = label == null ? new ArrayList<>() : labelNames(metadata.get("huggingface"));
    requested = new MessageType(schema.getName(), fields);
  }

  /** The label that is written as `value`, a number or text; null: none. */
  String labelOf(String value) {
    if (value == null || labelNames.isEmpty()) return value;
    if (!value.matches("\\d{1,9}")) return value.startsWith("-") ? null : labelNames.get(0);
    int number = Integer.parseInt(value);
    return number < labelNames.size() ? labelNames.get(number) : null;
  }

  private static String add(MessageType schema, String name, List<Type> fields, boolean numbers) {
    if (!schema.containsField(name)) return null;
    Type field = schema.getType(name);
    if (!isText(field) && !(numbers && isInteger(field))) return null;
    if (fields.stream().noneMatch(known -> known.getName().equals(name))) fields.add(field);
    return name;
  }

  private static String choose(MessageType schema, String wanted) throws NoImages, BadColumn {
    List<String> candidates = schema.getFields().stream().filter(ImageColumns::hasBytes).map(Type::getName)
        .collect(Collectors.toList());
    String all = String.join(", ", candidates);
    if (!wanted.isEmpty()) {
      if (candidates.contains(wanted)) return wanted;
      throw new BadColumn("no column \"" + wanted + "\" of bytes (--image-column); there are: " + all);
    }
    if (candidates.isEmpty()) throw new NoImages();
    if (candidates.size() == 1) return candidates.get(0);
    if (candidates.contains("image")) return "image";
    throw new BadColumn("several columns of bytes: name that of the images with --image-column: " + all);
  }

  private static boolean hasBytes(Type field) {
    if (field.isRepetition(Type.Repetition.REPEATED)) return false;
    if (field.isPrimitive()) return isBytes(field);
    GroupType group = field.asGroupType();
    return group.getLogicalTypeAnnotation() == null && group.containsField(BYTES) && isBytes(group.getType(BYTES));
  }

  private static boolean isBytes(Type field) {
    if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) return false;
    PrimitiveTypeName type = field.asPrimitiveType().getPrimitiveTypeName();
    return (type == PrimitiveTypeName.BINARY || type == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
        && field.getLogicalTypeAnnotation() == null;
  }

  private static boolean isText(Type field) {
    return field.isPrimitive() && !field.isRepetition(Type.Repetition.REPEATED)
        && field.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation;
  }

  private static boolean isInteger(Type field) {
    if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) return false;
    PrimitiveTypeName type = field.asPrimitiveType().getPrimitiveTypeName();
    LogicalTypeAnnotation meaning = field.getLogicalTypeAnnotation();
    return (type == PrimitiveTypeName.INT32 || type == PrimitiveTypeName.INT64)
        && (meaning == null || meaning instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation);
  }

  // Names of the numbers in a label column, from what Hugging Face datasets keep.
  private static List<String> labelNames(String text) {
    List<String> names = new ArrayList<>();
    if (text == null) return names;
    try {
      JsonNode all = new ObjectMapper().readTree(text).path("info").path("features").path(LABEL).path("names");
      all.forEach(name -> names.add(name.asText()));
    } catch (JsonProcessingException none) {  // labels that are numbers, or text
      return new ArrayList<>();
    }
    return names;
  }
}
