package coulis.spark;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** A file that holds many images, given out one after another, each path once: src/store/container.h. Not thread-safe. */
interface Container extends AutoCloseable {
  /** An image, or what is wrong with one or with the container. */
  final class Member {
    final String path;
    String label;
    final byte[] bytes;
    /** Null where there are bytes. */
    final String error;

    Member(String path, String label, byte[] bytes, String error) {
      this.path = path;
      this.label = label;
      this.bytes = bytes;
      this.error = error;
    }
  }

  /** What is read of a container, and how. */
  final class Options {
    /** Before the paths of members: "" or the container's path and a slash. */
    final String prefix;
    final NamePatterns patterns;
    final long maxBytes;
    /** The column that holds the images of a Parquet file; empty: choose. */
    final String imageColumn;
    /** Whether a user named it: then it is an error that there are no images. */
    final boolean isNamed;
    /** Those that are passed over. */
    final FinishedPaths finished;

    Options(String prefix, NamePatterns patterns, long maxBytes, String imageColumn, boolean isNamed, FinishedPaths finished) {
      this.prefix = prefix;
      this.patterns = patterns;
      this.maxBytes = maxBytes;
      this.imageColumn = imageColumn;
      this.isNamed = isNamed;
      this.finished = finished;
    }
  }

  /** The next one; null at the end. Errors: IOException when the storage fails. */
  Member next() throws IOException;

  /** Members that are no images, or hidden, so far. */
  long passedOver();

  @Override
  void close() throws IOException;

  /** Tells by its first bytes what it is. Errors: IOException when the storage fails. */
  static Container open(Listed file, Options options, Configuration hadoop) throws IOException {
    return isParquet(new Path(file.file), file.bytes, hadoop) ? new ImageTable(file, options, hadoop)
        : new ArchiveContainer(file, options, hadoop);
  }

  static boolean isParquet(Path file, long size, Configuration hadoop) throws IOException {
    byte[] head = new byte[4];
    if (size < head.length) return false;
    try (FSDataInputStream stream = HadoopFiles.of(file, hadoop).open(file)) {
      stream.readFully(0, head);
    } catch (java.io.FileNotFoundException missing) {
      return false;
    }
    return head[0] == 'P' && head[1] == 'A' && head[2] == 'R' && head[3] == '1';
  }
}
