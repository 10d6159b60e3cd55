package coulis.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** A model as the driver found it and executors get it: model.json and the files that the engine loads. */
final class ModelFiles implements Serializable {
  static final String DESCRIPTION = "model.json";
  /** Of Hadoop's configuration: a folder or URI with models, where names are looked up instead of on this machine. */
  static final String MODELS = "coulis.models";

  private static final long serialVersionUID = 1;
  private static final String PLAIN_NAME = "[A-Za-z0-9_][A-Za-z0-9._-]*";

  private final TreeMap<String, byte[]> contents = new TreeMap<>();
  private final TreeMap<String, String> hashes = new TreeMap<>();

  private ModelFiles() {}

  /**
   * Opens a model by name (of one installed on this machine, or in the folder {@link #MODELS}), by the path of its
   * folder, or by the URI of its folder, which Hadoop's file systems read; verifies every hash. "int8": the int8 network
   * of the model.
   */
  static ModelFiles open(String model, String precision, Configuration hadoop) throws IOException {
    Path folder = folderOf(model, hadoop.get(MODELS, ""));
    if (!folder.getFileSystem(hadoop).exists(new Path(folder, DESCRIPTION))) {
      throw new FileNotFoundException("there is no model " + model + ": " + folder + " holds no " + DESCRIPTION
          + "; run: coulis models pull NAME, or name the folder or URI of a model");
    }
    ModelFiles files = read(folder, hadoop);
    if (!precision.equals("int8")) return files;
    Path int8Folder = new Path(folder, "int8");
    if (!folder.getFileSystem(hadoop).exists(int8Folder)) {
      throw new FileNotFoundException("model " + model + " has no int8 network yet; run: coulis models quantize NAME "
          + "--data DIR");
    }
    ModelFiles int8 = read(int8Folder, hadoop);
    if (!int8.text("quantized_from").equals(files.text("sha256"))) {
      throw new IOException("the int8 network of model " + model + " was made from another version of it; run: coulis "
          + "models quantize NAME --data DIR");
    }
    return int8;
  }

  /** The text of model.json. */
  byte[] description() {
    return contents.get(DESCRIPTION);
  }

  /** File name to sha256. */
  Map<String, String> hashes() {
    return hashes;
  }

  InputStream content(String file) {
    return new ByteArrayInputStream(contents.get(file));
  }

  /** The same for the same content. */
  String identity() {
    return Sha256.of(hashes.toString().getBytes(StandardCharsets.UTF_8));
  }

  // As coulis::OpenModel: a name means an installed model, unless only a local folder is called so.
  private static Path folderOf(String model, String models) {
    if (model.matches("[A-Za-z][A-Za-z0-9+.-]*:/.*")) return new Path(model);
    if (!models.isEmpty() && model.matches(PLAIN_NAME)) return new Path(models, model);
    java.nio.file.Path path = Paths.get(model);
    if (model.matches(PLAIN_NAME)) {
      java.nio.file.Path installed = modelsFolder().resolve(model);
      if (Files.exists(installed) || !Files.exists(path.resolve(DESCRIPTION))) return new Path(installed.toUri());
    }
    boolean isFile = path.endsWith(DESCRIPTION);
    return new Path((isFile ? path.toAbsolutePath().getParent() : path.toAbsolutePath()).toUri());
  }

  private static java.nio.file.Path modelsFolder() {
    String chosen = System.getenv("COULIS_MODELS");
    if (chosen != null && !chosen.isEmpty()) return Paths.get(chosen);
    String data = System.getenv("XDG_DATA_HOME");
    if (data != null && data.startsWith("/")) return Paths.get(data, "coulis", "models");
    return Paths.get(System.getProperty("user.home"), ".local", "share", "coulis", "models");
  }

  private static ModelFiles read(Path folder, Configuration hadoop) throws IOException {
    ModelFiles files = new ModelFiles();
    files.add(DESCRIPTION, readWhole(new Path(folder, DESCRIPTION), hadoop));
    String network = files.text("network");
    JsonNode listed = files.json().path("files");
    for (String name : new String[] {network, network.replaceFirst("\\.xml$", ".bin")}) {
      if (!name.matches(PLAIN_NAME)) {
        throw new IOException(folder + ": " + DESCRIPTION + " names no network of its own; install the model again");
      }
      files.add(name, readWhole(new Path(folder, name), hadoop));
      if (!files.hashes.get(name).equals(listed.path(name).asText())) {
        throw new IOException("the model in " + folder + " is damaged (" + name + " was altered since it was "
            + "installed); install it again");
      }
    }
    return files;
  }

  private void add(String name, byte[] content) {
    contents.put(name, content);
    hashes.put(name, Sha256.of(content));
  }

  /** A text of model.json; empty when it has none of that name. */
  String text(String name) throws IOException {
    return json().path(name).asText();
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(description());
  }

  private static byte[] readWhole(Path file, Configuration hadoop) throws IOException {
    try (InputStream stream = file.getFileSystem(hadoop).open(file)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] piece = new byte[1 << 16];
      for (int got = stream.read(piece); got >= 0; got = stream.read(piece)) content.write(piece, 0, got);
      return content.toByteArray();
    }
  }
}
