package coulis.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A part of a result as run.json lists it: its name below RESULTS, its rows, and how many of them are bad. */
final class Part implements Serializable {
  private static final long serialVersionUID = 1;

  final String file;
  final long rows;
  final long bad;

  Part(String file, long rows, long bad) {
    this.file = file;
    this.rows = rows;
    this.bad = bad;
  }

  /** "part-00012.parquet" */
  static String name(int number) {
    return String.format("part-%05d.parquet", number);
  }

  /** Its number; -1 for a file that is called otherwise. */
  static int number(String name) {
    if (!name.matches("part-\\d{5,9}\\.parquet")) return -1;
    return Integer.parseInt(name.substring("part-".length(), name.length() - ".parquet".length()));
  }

  /** "part-00012.parquet" of "features/part-00012.parquet" */
  String baseName() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  static ArrayNode toJson(List<Part> parts) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Part part : parts) list.addObject().put("file", part.file).put("rows", part.rows).put("bad", part.bad);
    return list;
  }

  static List<Part> fromJson(JsonNode list) {
    List<Part> parts = new ArrayList<>();
    for (JsonNode part : list) {
      parts.add(new Part(part.path("file").asText(), part.path("rows").asLong(), part.path("bad").asLong()));
    }
    return parts;
  }
}
