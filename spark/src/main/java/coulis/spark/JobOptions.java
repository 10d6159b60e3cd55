package coulis.spark;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** The command line of the job: the options of `coulis run`, which mean the same. */
final class JobOptions implements Serializable {
  private static final long serialVersionUID = 1;
  private static final List<String> NOT_HERE = Arrays.asList("--threads", "--keep-pca",
      "--s3-retries", "--s3-timeout", "--s3-anonymous");

  final List<String> inputs = new ArrayList<>();
  /** A list of files instead of folders; "-" is standard input. */
  String files = "";
  /** Of Parquet with images; empty: choose. */
  String imageColumn = "";
  String out;
  String model = "mobilenet_v2";
  String layer = "";
  String precision = "f32";
  String decode = "exact";
  boolean exifRotate;
  long maxPixels = 89_478_485L;
  long maxBytes = 256L << 20;
  boolean labelled = true;
  final List<String> globs = new ArrayList<>();
  /** "0.95", "100" or "none". */
  String components = "0.95";
  String pcaFrom = "";
  boolean resume;
  boolean overwrite;
  boolean stealLock;
  double maxBad = 0.05;
  long limit;
  long rowsPerPart = 8192;
  /** A task is given so many bytes of images, or one image that is larger. */
  long taskBytes = 256L << 20;
  int ioThreads;
  String s3Endpoint = "";
  String s3Region = "";
  String allowRegion = "";
  String progress = "plain";
  boolean quiet;

  private JobOptions() {}

  /** The share of the variance to keep; 0 when components() says how many. */
  double share() {
    return components.matches("\\d{1,8}") ? 0 : Double.parseDouble(components);
  }

  /** How many components to keep; 0 when share() says. */
  int count() {
    return components.matches("\\d{1,8}") ? Integer.parseInt(components) : 0;
  }

  boolean reduces() {
    return !components.equals("none");
  }

  EmbedSettings settings() {
    return new EmbedSettings(layer, precision, decode, exifRotate, maxPixels);
  }

  static JobOptions parse(String... arguments) throws JobException {
    JobOptions options = new JobOptions();
    Deque<String> rest = new ArrayDeque<>();
    for (String argument : arguments) {
      int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
      if (equals < 0) {
        rest.add(argument);
      } else {
        rest.add(argument.substring(0, equals));
        rest.add(argument.substring(equals + 1));
      }
    }
    boolean onlyInputs = false;
    while (!rest.isEmpty()) {
      String name = rest.remove();
      if (onlyInputs || !name.startsWith("-")) {
        options.inputs.add(name);
      } else if (name.equals("--")) {
        onlyInputs = true;
      } else if (!options.flag(name)) {
        if (NOT_HERE.contains(name)) throw JobException.usage(name + " is not for Spark: see docs/spark.md");
        if (!options.hasValue(name)) throw JobException.usage("there is no option " + name);
        if (rest.isEmpty()) throw JobException.usage(name + " needs a value");
        options.set(name, rest.remove());
      }
    }
    options.check();
    return options;
  }

  private boolean flag(String name) {
    switch (name) {
      case "--exif-rotate":
        return exifRotate = true;
      case "--resume":
        return resume = true;
      case "--overwrite":
        return overwrite = true;
      case "--steal-lock":
        return stealLock = true;
      case "--refit":  // What is done anyway.
        return true;
      case "--quiet":
      case "-q":
        return quiet = true;
      default:
        return false;
    }
  }

  private boolean hasValue(String name) {
    return Arrays.asList("--out", "-o", "--files", "--image-column", "--model", "--layer", "--precision", "--decode", "--max-pixels", "--max-bytes",
        "--label", "--glob", "--components", "--pca-from", "--max-bad", "--limit", "--rows-per-part", "--part-bytes",
        "--task-bytes", "--io-threads", "--s3-endpoint", "--s3-region", "--allow-region", "--progress").contains(name);
  }

  private void set(String name, String value) throws JobException {
    switch (name) {
      case "--out":
      case "-o":
        out = value;
        break;
      case "--files":
        files = value;
        break;
      case "--image-column":
        imageColumn = value;
        break;
      case "--model":
        model = value;
        break;
      case "--layer":
        layer = value;
        break;
      case "--glob":
        globs.add(value);
        break;
      case "--pca-from":
        pcaFrom = value;
        break;
      case "--s3-endpoint":
        s3Endpoint = value;
        break;
      case "--s3-region":
        s3Region = value;
        break;
      case "--allow-region":
        allowRegion = value;
        break;
      default:
        setChecked(name, value);
    }
  }

  private void setChecked(String name, String value) throws JobException {
    switch (name) {
      case "--precision":
        precision = oneOf(name, value, "f32", "bf16", "int8");
        break;
      case "--decode":
        decode = oneOf(name, value, "exact", "fast");
        break;
      case "--label":
        labelled = oneOf(name, value, "parent", "none").equals("parent");
        break;
      case "--progress":
        progress = oneOf(name, value, "auto", "plain", "none", "json");
        break;
      case "--components":
        components = componentsFrom(value);
        break;
      case "--max-bad":
        maxBad = shareFrom(value);
        break;
      case "--max-pixels":
        maxPixels = wholeFrom(name, value, 1);
        break;
      case "--limit":
        limit = wholeFrom(name, value, 0);
        break;
      case "--rows-per-part":
        rowsPerPart = wholeFrom(name, value, 1);
        break;
      case "--io-threads":
        ioThreads = (int) Math.min(64, wholeFrom(name, value, 0));
        break;
      case "--max-bytes":
        maxBytes = Math.min(bytesFrom(name, value), Integer.MAX_VALUE - 8);  // Java's longest array
        break;
      default:  // --task-bytes; and --part-bytes, which no part of a task reaches.
        if (name.equals("--task-bytes")) taskBytes = bytesFrom(name, value);
    }
  }

  private void check() throws JobException {
    if (inputs.isEmpty() && files.isEmpty()) {
      throw JobException.usage("no input was given: name INPUT, or a list with --files");
    }
    if (out == null || out.isEmpty()) throw JobException.usage("--out is required");
    if (resume && overwrite) throw JobException.usage("--overwrite excludes --resume");
    if (!reduces() && !pcaFrom.isEmpty()) {
      throw JobException.usage("--components none and --pca-from contradict each other");
    }
  }

  private static String oneOf(String name, String value, String... choices) throws JobException {
    String lower = value.toLowerCase(Locale.ROOT);
    if (Arrays.asList(choices).contains(lower)) return lower;
    throw JobException.usage(name + ": takes one of " + String.join(", ", choices) + "; not \"" + value + "\"");
  }

  private static String componentsFrom(String value) throws JobException {
    if (value.equals("none")) return value;
    if (value.matches("0*[1-9]\\d{0,7}")) return value.replaceFirst("^0+", "");
    try {
      double share = Double.parseDouble(value);
      if (share > 0 && share <= 1) return value;
    } catch (NumberFormatException isNone) {
      // Said below.
    }
    throw JobException.usage("--components takes a share between 0 and 1 (0.95) or a whole number (100), not \"" + value
        + "\"");
  }

  private static double shareFrom(String value) throws JobException {
    try {
      double share = Double.parseDouble(value);
      if (share >= 0 && share <= 1) return share;
    } catch (NumberFormatException isNone) {
      // Said below.
    }
    throw JobException.usage("--max-bad: takes a share from 0 to 1, not \"" + value + "\"");
  }

  private static long wholeFrom(String name, String value, long least) throws JobException {
    if (value.matches("\\d{1,18}") && Long.parseLong(value) >= least) return Long.parseLong(value);
    throw JobException.usage(name + ": takes a whole number from " + least + ", not \"" + value + "\"");
  }

  // 4096, 64MB, 1GB: steps of 1024.
  private static long bytesFrom(String name, String value) throws JobException {
    String text = value.trim().toLowerCase(Locale.ROOT).replaceFirst("i?b$", "");
    String units = "kmgt";
    int unit = text.isEmpty() ? -1 : units.indexOf(text.charAt(text.length() - 1));
    String digits = (unit >= 0 ? text.substring(0, text.length() - 1) : text).trim();
    int shift = 10 * (unit + 1);
    if (digits.matches("\\d{1,18}")) {
      long count = Long.parseLong(digits);
      if (count > 0 && count <= Long.MAX_VALUE >> shift) return count << shift;
    }
    throw JobException.usage(name + ": takes a size as 10MB or 1GB, not \"" + value + "\"");
  }
}
