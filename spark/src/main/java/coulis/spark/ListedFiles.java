package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Takes the files of a FileList to tables on the driver, which holds one of them at a time; executors then measure them. */
final class ListedFiles {
  private static final int ROWS_PER_TABLE = 10_000;

  private final Path list;
  private final Path folder;
  private final boolean labelled;
  private final RegionGuard guard;
  private final Configuration hadoop;
  // What the guard says of each bucket; empty: it may be read.
  private final Map<String, String> refused = new HashMap<>();

  /** @param input the folder that relative paths are below; null: that of the list */
  ListedFiles(String list, Input input, boolean labelled, RegionGuard guard, Configuration hadoop)
      throws IOException, JobException {
    boolean isPiped = list.equals(FileList.STANDARD_INPUT);
    this.list = isPiped ? null : HadoopFiles.resolve(list, hadoop);
    this.folder = input != null ? new Path(input.path)
        : isPiped ? HadoopFiles.resolve(".", hadoop) : this.list.getParent();
    this.labelled = labelled;
    this.guard = guard;
    this.hadoop = hadoop;
  }

  /** As run.json names a list. */
  static String text(String list, Configuration hadoop) throws IOException, JobException {
    if (list.isEmpty() || list.equals(FileList.STANDARD_INPUT)) return list;
    return PathText.of(HadoopFiles.text(HadoopFiles.resolve(list, hadoop)));
  }

  /** Writes tables of Listed into `to`, of files whose sizes are not known yet. Errors: JobException for what is no list. */
  List<String> write(Path to) throws IOException, JobException {
    List<String> tables = new ArrayList<>();
    try (FileList entries = FileList.open(list, hadoop)) {
      Listed next = next(entries, 0);
      for (long row = 0; next != null; ) {
        Path path = new Path(to, "files-" + tables.size() + "-" + UUID.randomUUID().toString().substring(0, 8) + ".parquet");
        try (TableWriter table = TableWriter.create(path, Listed.SCHEMA, hadoop)) {
          for (int i = 0; next != null && i < ROWS_PER_TABLE; ++i) {
            table.append(next.values());
            next = isEnd(next) ? null : next(entries, ++row);
          }
          table.finish(Collections.emptyMap());
        }
        tables.add(path.toString());
      }
    }
    return tables;
  }

  private Listed next(FileList entries, long row) {
    String text = list == null ? "standard input" : HadoopFiles.text(list);
    try {
      FileList.Entry entry = entries.next();
      if (entry == null) return null;
      if (entry.path != null && !entry.path.isEmpty()) return listed(entry);
      return new Listed(text + "/" + row, "", "", 0, "the manifest has no path in this row");
    } catch (IOException damaged) {
      return new Listed(text + "/", "", "", 0, "the manifest cannot be read on: " + HadoopFiles.reason(damaged));
    }
  }

  private static boolean isEnd(Listed row) {
    return row.error != null && row.error.startsWith("the manifest cannot be read on");
  }

  private Listed listed(FileList.Entry entry) {
    String key = PathText.of(entry.path);
    try {
      Path file = locate(entry.path);
      String folderName = file.getParent() == null ? "" : file.getParent().getName();
      String label = !labelled ? null : entry.label != null && !entry.label.isEmpty() ? entry.label : PathText.of(folderName);
      String refusal = refusal(file);
      if (refusal == null && NamePatterns.isContainer(file.getName())) {
        return FolderSearch.container(key, labelled && entry.label != null && !entry.label.isEmpty() ? entry.label : null, file, 0);
      }
      return new Listed(key, label, file.toString(), 0, refusal);
    } catch (IOException | IllegalArgumentException bad) {
      return new Listed(key, labelled ? "" : null, "", 0, "is no path: " + HadoopFiles.reason(bad));
    }
  }

  private Path locate(String name) throws IOException {
    if (name.startsWith("/")) return FileSystem.get(hadoop).makeQualified(new Path(null, null, name));
    if (!name.matches("\\w[\\w+.-]*://.*")) return new Path(folder, new Path(null, null, name));
    try {
      return HadoopFiles.resolve(name, hadoop);
    } catch (JobException bad) {
      throw new IOException(bad.getMessage(), bad);
    }
  }

  // Null when it may be read.
  private String refusal(Path file) throws IOException {
    if (!HadoopFiles.isObjectStore(file)) return null;
    String bucket = file.toUri().getAuthority();
    if (!refused.containsKey(bucket)) {
      try {
        guard.check(file);
        refused.put(bucket, "");
      } catch (JobException elsewhere) {
        refused.put(bucket, elsewhere.getMessage());
      }
    }
    String reason = refused.get(bucket);
    return reason.isEmpty() ? null : reason;
  }

  /** Asks for the size of a file, on an executor; of one that is not there it says so. */
  static final class Measure implements Function<Listed, Listed> {
    private static final long serialVersionUID = 1;
    private static final String MISSING = "cannot be opened: No such file or directory";

    private final Broadcast<SerializableConfiguration> hadoop;

    Measure(Broadcast<SerializableConfiguration> hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public Listed call(Listed file) throws IOException {
      if (file.error != null) return file;
      Path path = new Path(file.file);
      try {
        if (HadoopFiles.isLocal(path)) {
          java.nio.file.Path onDisk = Paths.get(path.toUri().getPath());
          if (Files.isRegularFile(onDisk)) return sized(file, Files.size(onDisk));
          return unusable(file, Files.exists(onDisk) ? "not a regular file" : MISSING);
        }
        FileStatus status = HadoopFiles.of(path, hadoop.value().value()).getFileStatus(path);
        return status.isDirectory() ? unusable(file, "not a regular file") : sized(file, status.getLen());
      } catch (FileNotFoundException missing) {
        return unusable(file, MISSING);
      } catch (AccessControlException denied) {
        return unusable(file, "cannot be opened: Permission denied");
      }
    }

    private static Listed sized(Listed file, long bytes) {
      return new Listed(file.path, file.label, file.file, bytes, null);
    }

    // What is not called like an image might have been a container: its row is named as such a one's.
    private static Listed unusable(Listed file, String error) {
      Path path = new Path(file.file);
      if (file.path.endsWith("/") || NamePatterns.isImage(path.getName())) return new Listed(file.path, file.label, file.file, 0, error);
      boolean hasOwnLabel = file.label == null || !file.label.equals(PathText.of(path.getParent().getName()));
      String label = hasOwnLabel ? file.label : PathText.of(path.getName());
      return new Listed(file.path + "/", label, file.file, 0, error);
    }
  }
}
