package coulis.spark;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a job prints when it is done: the lines of `coulis run`. */
final class Summary {
  private static final int SHOWN = 3;

  private Summary() {}

  static List<String> lines(RunRecord record, String results, String validated) {
    JsonNode json = record.json;
    List<String> lines = new ArrayList<>();
    long bad = record.count("bad");
    lines.add("images      " + grouped(record.count("images") - bad) + " embedded, " + grouped(bad) + " bad");
    JsonNode examples = json.path("bad_examples");
    for (int i = 0; i < Math.min(SHOWN, examples.size()); ++i) {
      lines.add("            " + oneLine(examples.get(i).path("path").asText()) + ": "
          + oneLine(examples.get(i).path("error").asText()));
    }
    if (bad > SHOWN) lines.add("            … all of them: rows of features/ whose error is not null");
    lines.add("features    " + grouped(record.featureLength()) + " floats from "
        + json.path("model").path("name").asText());
    if (record.hasPca()) {
      lines.add(String.format(Locale.ROOT, "pca         k = %d keeps %.1f %% of the variance",
          json.path("pca").path("k").asInt(), 100 * json.path("pca").path("explained_variance_ratio").asDouble()));
    }
    if (!validated.isEmpty()) lines.add("validated   " + validated);
    JsonNode timing = json.path("timing");
    lines.add("time        "
        + duration(timing.path("embed_seconds").asDouble() + timing.path("reduce_seconds").asDouble()) + ", "
        + grouped((long) timing.path("images_per_second").asDouble()) + " images/s");
    lines.add("results     " + oneLine(results));
    return lines;
  }

  /** 1234567: "1,234,567" */
  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** "1.5 s", "42 s", "2:05", "1:02:05" */
  static String duration(double seconds) {
    if (seconds < 9.95) return String.format(Locale.ROOT, "%.1f s", seconds);
    long whole = Math.round(seconds);
    if (whole < 60) return whole + " s";
    if (whole < 3600) return String.format("%d:%02d", whole / 60, whole % 60);
    return String.format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }

  /** Without what would break the line or move the cursor. */
  static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
