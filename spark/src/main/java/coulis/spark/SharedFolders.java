package coulis.spark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Folders that the processes of a user on one machine share: named by the hash of their content, written once by
 * whoever comes first, and verified by everyone who uses them. They stay: whoever loaded a library still needs it.
 */
final class SharedFolders {
  /** Where they are made, instead of /tmp: for a machine that mounts /tmp noexec. */
  static final String PROPERTY = "coulis.cache.dir";

  private static final long WAIT_MILLIS = 50;

  private SharedFolders() {}

  /** Gives the content of a file of the folder. */
  interface Source {
    InputStream open(String file) throws IOException;
  }

  /**
   * The folder whose files have these hashes (name to sha256), made from `source` when it is missing or damaged. Any
   * number of processes and threads may ask at once.
   */
  static Path provide(String kind, Map<String, String> hashes, Source source) throws IOException {
    Path root = root();
    String listing = hashes.entrySet().stream().sorted(Map.Entry.comparingByKey())
        .map(file -> file.getValue() + "  " + file.getKey() + "\n").collect(Collectors.joining());
    Path folder = root.resolve(kind + "-" + Sha256.of(listing.getBytes("UTF-8")).substring(0, 16));
    Path lockFile = root.resolve(folder.getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (lock.isValid() && !damaged(folder, hashes).isEmpty()) write(folder, hashes, source);
    }
    return folder;
  }

  /** The names of the files that are missing or are not what their hashes say. */
  static List<String> damaged(Path folder, Map<String, String> hashes) throws IOException {
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, String> file : hashes.entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || !hashOf(path).equals(file.getValue())) {
        names.add(file.getKey());
      }
    }
    return names;
  }

  private static String hashOf(Path path) throws IOException {
    try (InputStream stream = Files.newInputStream(path)) {
      return Sha256.of(stream);
    }
  }

  // A lock of this very process is an exception instead of a wait: another class loader may hold it.
  private static FileLock lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        return channel.lock();
      } catch (OverlappingFileLockException held) {
        try {
          Thread.sleep(WAIT_MILLIS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while waiting for another thread to unpack", interrupted);
        }
      }
    }
  }

  private static void write(Path folder, Map<String, String> hashes, Source source) throws IOException {
    Path aside = Files.createTempDirectory(folder.getParent(), ".aside");
    try {
      for (String name : hashes.keySet()) {
        try (InputStream content = source.open(name)) {
          Files.copy(content, aside.resolve(name));
        }
      }
      List<String> damaged = damaged(aside, hashes);
      if (!damaged.isEmpty()) {
        throw new IOException("what should be unpacked is damaged: " + String.join(", ", damaged));
      }
      remove(folder);
      Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      remove(aside);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) return;
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) Files.delete(path);
    }
  }

  // /tmp, because YARN gives every container a java.io.tmpdir of its own.
  private static Path root() throws IOException {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) return Files.createDirectories(Paths.get(chosen));
    Object user = Files.getAttribute(Paths.get("/proc/self"), "unix:uid");
    Path shared = Paths.get("/tmp", "coulis-" + user);
    try {
      Files.createDirectory(shared,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return shared;
    } catch (IOException there) {
      if (isOurs(shared, user)) return shared;
    }
    return Files.createDirectories(Paths.get(System.getProperty("java.io.tmpdir"), "coulis"));
  }

  // Anyone may make a folder in /tmp: libraries are loaded only from one that nobody else can write.
  private static boolean isOurs(Path folder, Object user) throws IOException {
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        && user.equals(Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS))
        && PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)).equals("rwx------");
  }
}
