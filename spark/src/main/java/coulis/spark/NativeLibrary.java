package coulis.spark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds, unpacks and loads the native libraries of the jar. */
final class NativeLibrary {
  /** A folder with the libraries, instead of those of the jar: nothing is unpacked then. */
  static final String PROPERTY = "coulis.native.dir";

  private static final String FILE = "libcoulis_spark.so";
  private static final Pattern GLIBC = Pattern.compile("version `(GLIBC_[0-9.]+)' not found");

  private NativeLibrary() {}

  /** Throws UnsatisfiedLinkError, whose message is one line that says what is missing and what to do. */
  static void load() {
    Path folder = folder();
    try {
      loadFrom(folder);
    } catch (UnsatisfiedLinkError error) {
      throw failure(explain(folder, String.valueOf(error.getMessage())), error);
    } catch (IOException error) {
      throw failure("the native libraries in " + folder + " cannot be loaded: " + error, error);
    }
  }

  private static Path folder() {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      if (Files.isRegularFile(Paths.get(chosen, FILE))) return Paths.get(chosen);
      throw failure("there is no " + FILE + " in " + chosen + ", which " + PROPERTY + " names", null);
    }
    String platform = platform();
    try {
      return SharedFolders.provide("native", hashes(platform), name -> resource(platform, name));
    } catch (IOException error) {
      throw failure("the native libraries cannot be unpacked: " + error.getMessage() + "; name a folder that can be "
          + "written with -D" + SharedFolders.PROPERTY + "=FOLDER", error);
    }
  }

  /** "linux-x86_64": the jar's folder of the libraries for this machine. */
  private static String platform() {
    String processor = System.getProperty("os.arch").replace("amd64", "x86_64");
    String platform = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT) + "-" + processor;
    if (NativeLibrary.class.getResource("/" + platform + "/files.sha256") == null) {
      throw failure("coulis-spark.jar holds no native libraries for " + platform + "; build them there and name their "
          + "folder with -D" + PROPERTY + "=FOLDER", null);
    }
    if (platform.equals("linux-x86_64")) requireSse42();
    return platform;
  }

  // Without it the engine would end the process with SIGILL. Where the kernel says nothing, nothing is known.
  private static void requireSse42() {
    try {
      String processors = new String(Files.readAllBytes(Paths.get("/proc/cpuinfo")), StandardCharsets.UTF_8);
      if (processors.contains("flags") && !processors.contains(" sse4_2 ")) {
        throw failure("this processor has no SSE4.2, which inference needs", null);
      }
    } catch (IOException unknown) {
      return;
    }
  }

  private static Map<String, String> hashes(String platform) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (BufferedReader lines = new BufferedReader(
            new InputStreamReader(resource(platform, "files.sha256"), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("  ");
        hashes.put(words[1], words[0]);
      }
    }
    return hashes;
  }

  private static InputStream resource(String platform, String name) throws IOException {
    InputStream stream = NativeLibrary.class.getResourceAsStream("/" + platform + "/" + name);
    if (stream == null) throw new IOException(platform + "/" + name + " is not in coulis-spark.jar");
    return stream;
  }

  // Java lets only one class loader load a file. Another one of this process gets the file by another name, which
  // the system's loader knows for the same library.
  private static void loadFrom(Path folder) throws IOException {
    Path file = folder.resolve(FILE).toRealPath();
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError error) {
      if (!String.valueOf(error.getMessage()).contains("already loaded in another classloader")) throw error;
      Path names = Files.createTempDirectory(file.getParent(), ".loader");
      Path name = Files.createLink(names.resolve(FILE), file);
      try {
        System.load(name.toString());
      } finally {
        Files.delete(name);
        Files.delete(names);
      }
    }
  }

  /** What to do about a message of the system's loader. */
  static String explain(Path folder, String message) {
    Matcher glibc = GLIBC.matcher(message);
    if (glibc.find()) {
      return "this machine's C library is too old: " + glibc.group(1) + " is needed (glibc 2.34 or later, as Amazon "
          + "Linux 2023, Debian 12 and Ubuntu 22.04 have)";
    }
    if (message.contains("failed to map segment") || message.contains("Operation not permitted")) {
      return folder + " lies on a file system that is mounted noexec; name a folder on another one with -D"
          + SharedFolders.PROPERTY + "=FOLDER (spark.executor.extraJavaOptions, spark.driver.extraJavaOptions)";
    }
    return "the native libraries in " + folder + " cannot be loaded: " + message.replace('\n', ' ');
  }

  private static UnsatisfiedLinkError failure(String message, Throwable cause) {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError("Coulis: " + message);
    if (cause != null) error.initCause(cause);
    return error;
  }
}
