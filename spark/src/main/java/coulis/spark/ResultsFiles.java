package coulis.spark;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Names, whole texts and moves below a results folder, the same on every file system. Thread-safe. */
final class ResultsFiles {
  private final FileSystem files;

  ResultsFiles(Path results, Configuration hadoop) throws IOException {
    files = HadoopFiles.of(results, hadoop);
  }

  /** What is in a folder, sorted by name; nothing where there is no such folder. */
  List<FileStatus> list(Path folder) throws IOException {
    List<FileStatus> found = new ArrayList<>();
    try {
      Collections.addAll(found, files.listStatus(folder));
    } catch (FileNotFoundException nothing) {
      return found;
    }
    found.sort((a, b) -> a.getPath().getName().compareTo(b.getPath().getName()));
    return found;
  }

  List<String> names(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus file : list(folder)) names.add(file.getPath().getName());
    return names;
  }

  /** The Parquet files of a folder, sorted by name. */
  List<FileStatus> parts(Path folder) throws IOException {
    List<FileStatus> parts = list(folder);
    parts.removeIf(file -> !file.getPath().getName().matches("[^.].*\\.parquet"));
    return parts;
  }

  /** Null where there is no such file. */
  String read(Path file) throws IOException {
    try (InputStream stream = files.open(file)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] piece = new byte[1 << 16];
      for (int got = stream.read(piece); got >= 0; got = stream.read(piece)) content.write(piece, 0, got);
      return content.toString("UTF-8");
    } catch (FileNotFoundException nothing) {
      return null;
    }
  }

  /** Appears whole, or not at all. */
  void write(Path file, String text) throws IOException {
    boolean isObject = HadoopFiles.isObjectStore(file);
    Path aside = isObject ? file : new Path(file.getParent(), "." + file.getName() + ".aside");
    try (FSDataOutputStream stream = files.create(aside, /*overwrite=*/ true)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
    if (!isObject) move(aside, file);
  }

  /** A file or a folder; what is at its new place goes. */
  void move(Path from, Path to) throws IOException {
    remove(to);
    if (!files.rename(from, to)) {
      throw new IOException("cannot move " + HadoopFiles.text(from) + " to " + HadoopFiles.text(to));
    }
  }

  /** What is not there need not be removed. */
  void remove(Path path) throws IOException {
    if (!files.delete(path, /*recursive=*/ true) && !HadoopFiles.isObjectStore(path) && files.exists(path)) {
      throw new IOException("cannot remove " + HadoopFiles.text(path));
    }
  }

  /** Nothing to do in a bucket: folders are prefixes. */
  void makeFolder(Path folder) throws IOException {
    if (HadoopFiles.isObjectStore(folder)) return;
    if (!files.mkdirs(folder)) throw new IOException("cannot make " + HadoopFiles.text(folder));
  }
}
