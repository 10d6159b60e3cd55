package coulis.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** run.json (docs/formats.md), and the plan of a run, which is the same before there are results. */
final class RunRecord {
  private static final int FORMAT_VERSION = 1;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  final ObjectNode json;

  private RunRecord(ObjectNode json) {
    this.json = json;
  }

  /** What the rows of a run will be. */
  static RunRecord plan(JobOptions options, String list, List<Input> inputs, ModelFiles model, int featureLength,
      int slots) throws IOException, NativeException {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("format_version", FORMAT_VERSION).put("coulis_version", utf8(Native.version())).put("created", "");
    ObjectNode chosen = json.putObject("options");
    ArrayNode named = chosen.putArray("inputs");
    for (Input input : inputs) named.add(input.text());
    chosen.put("manifest", list).put("image_column", options.imageColumn).put("label", options.labelled ? "parent" : "none");
    ArrayNode globs = chosen.putArray("globs");
    for (String glob : options.globs.isEmpty() ? NamePatterns.IMAGES : options.globs) globs.add(PathText.of(glob));
    chosen.put("exif_rotate", options.exifRotate).put("max_pixels", options.maxPixels);
    chosen.put("max_bytes", options.maxBytes).put("threads", slots);
    json.putObject("model").put("name", model.text("name")).put("sha256", model.text("sha256"))
        .put("preprocessing", utf8(Native.preprocessing(model.description())))
        .put("layer", options.layer.isEmpty() ? model.text("layer") : options.layer)
        .put("precision", options.precision).put("decode", options.decode).put("feature_length", featureLength);
    json.putObject("counts").put("images", 0).put("bad", 0).put("ignored", 0).put("forgotten", 0);
    json.putObject("timing").put("embed_seconds", 0.0).put("reduce_seconds", 0.0).put("images_per_second", 0.0);
    json.putNull("storage");
    json.putArray("bad_examples");
    json.putArray("features");
    json.putNull("pca");
    return new RunRecord(json);
  }

  /** Errors: JobException, naming `where`, for what is no run.json that this code reads. */
  static RunRecord parse(String text, String where) throws JobException {
    try {
      JsonNode json = MAPPER.readTree(text);
      if (json.path("format_version").asInt() != FORMAT_VERSION || !json.isObject()) {
        throw JobException.failed(where + " has format version " + json.path("format_version").asText("none")
            + ", this Coulis reads " + FORMAT_VERSION);
      }
      return new RunRecord((ObjectNode) json);
    } catch (JsonProcessingException damaged) {
      throw JobException.failed(where + " is damaged: " + HadoopFiles.reason(damaged));
    }
  }

  String toText() throws IOException {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
    return MAPPER.writer(printer).writeValueAsString(json) + "\n";
  }

  void setCreatedNow() {
    json.put("created", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  List<Part> features() {
    return Part.fromJson(json.path("features"));
  }

  List<Part> pca() {
    return Part.fromJson(json.path("pca").path("parts"));
  }

  boolean hasPca() {
    return json.path("pca").isObject();
  }

  int featureLength() {
    return json.path("model").path("feature_length").asInt();
  }

  long count(String which) {
    return json.path("counts").path(which).asLong();
  }

  ObjectNode section(String name) {
    return (ObjectNode) json.get(name);
  }

  /** Sets the parts of features/ and the counts of their rows. */
  void setFeatures(List<Part> parts, long ignored) {
    json.set("features", Part.toJson(parts));
    section("counts").put("images", parts.stream().mapToLong(part -> part.rows).sum())
        .put("bad", parts.stream().mapToLong(part -> part.bad).sum()).put("ignored", ignored);
  }

  /** What would make the rows of this run others than those of an earlier one; null: nothing. */
  String difference(RunRecord before) {
    Map<String, String> now = rowOptions();
    Map<String, String> then = before.rowOptions();
    for (Map.Entry<String, String> option : now.entrySet()) {
      String was = then.get(option.getKey());
      if (!option.getValue().equals(was)) return option.getKey() + " is \"" + option.getValue() + "\", was \"" + was + "\"";
    }
    return null;
  }

  private Map<String, String> rowOptions() {
    JsonNode options = json.path("options");
    JsonNode model = json.path("model");
    Map<String, String> all = new LinkedHashMap<>();
    all.put("input", joined(options.path("inputs")));
    all.put("--files", options.path("manifest").asText(""));
    all.put("--image-column", options.path("image_column").asText(""));
    String hash = model.path("sha256").asText();
    all.put("model", model.path("name").asText() + " (sha256 " + hash.substring(0, Math.min(12, hash.length())) + ")");
    all.put("preprocessing", model.path("preprocessing").asText(""));
    all.put("--layer", model.path("layer").asText());
    all.put("--precision", model.path("precision").asText());
    all.put("--decode", model.path("decode").asText("exact"));
    all.put("--label", options.path("label").asText());
    all.put("--glob", joined(options.path("globs")));
    all.put("--exif-rotate", options.path("exif_rotate").asBoolean() ? "on" : "off");
    all.put("--max-pixels", options.path("max_pixels").asText());
    all.put("--max-bytes", options.path("max_bytes").asText());
    return all;
  }

  private static String joined(JsonNode list) {
    StringBuilder text = new StringBuilder();
    for (JsonNode value : list) text.append(text.length() == 0 ? "" : " ").append(value.asText());
    return text.toString();
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
