package coulis.spark;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/** Files of any of Hadoop's file systems. Those of this machine stand for themselves, as everyone else writes them. */
final class HadoopFiles {
  private HadoopFiles() {}

  /**
   * The file system of a path. That of this machine is the one without the hidden files of checksums: beside a file
   * that another program wrote anew, an old one makes it unreadable.
   */
  static FileSystem of(Path path, Configuration hadoop) throws IOException {
    FileSystem files = path.getFileSystem(hadoop);
    return files instanceof LocalFileSystem ? ((LocalFileSystem) files).getRawFileSystem() : files;
  }

  /**
   * What a user named, as an absolute path. Where Hadoop has no file system for s3:// (EMR has), s3a:// stands for it.
   * Links on this machine are followed. Errors: JobException when it is no path.
   */
  static Path resolve(String name, Configuration hadoop) throws IOException, JobException {
    try {
      Path path = new Path(name);
      if (path.toUri().getScheme() == null && name.indexOf(':') > 0 && !name.startsWith("/")) {
        path = new Path(new java.io.File(name).toURI());
      }
      if ("s3".equals(path.toUri().getScheme()) && !knows("s3", hadoop)) path = new Path("s3a" + name.substring(2));
      FileSystem files = path.getFileSystem(hadoop);
      path = files.makeQualified(path);
      if (!(files instanceof LocalFileSystem)) return path;
      java.io.File file = new java.io.File(path.toUri().getPath());
      return files.makeQualified(new Path(file.getCanonicalFile().toURI().getPath()));
    } catch (IllegalArgumentException bad) {
      throw JobException.usage("\"" + name + "\" is no path: " + bad.getMessage());
    }
  }

  private static boolean knows(String scheme, Configuration hadoop) {
    try {
      return FileSystem.getFileSystemClass(scheme, hadoop) != null;
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Whether it is a store of objects, where nothing can be renamed: it is copied. */
  static boolean isObjectStore(Path path) {
    String scheme = String.valueOf(path.toUri().getScheme());
    return scheme.equals("s3") || scheme.equals("s3a") || scheme.equals("s3n");
  }

  static boolean isLocal(Path path) {
    return "file".equals(path.toUri().getScheme());
  }

  /** The first line of what went wrong: messages of storage have many. */
  static String reason(Throwable error) {
    String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    return message.split("\n")[0].trim();
  }

  /** A path as messages and run.json name it: of this machine as it is, of S3 as s3://BUCKET/KEY, else the URI. */
  static String text(Path path) {
    String scheme = path.toUri().getScheme();
    if (scheme == null || scheme.equals("file")) return path.toUri().getPath();
    String text = path.toString();
    return scheme.equals("s3a") || scheme.equals("s3n") ? "s3" + text.substring(scheme.length()) : text;
  }

  static InputFile input(Path file, Configuration hadoop) throws IOException {
    FileSystem files = of(file, hadoop);
    long length = files.getFileStatus(file).getLen();
    return new InputFile() {
      @Override
      public long getLength() {
        return length;
      }

      @Override
      public SeekableInputStream newStream() throws IOException {
        return HadoopStreams.wrap(files.open(file));
      }

      @Override
      public String toString() {
        return text(file);
      }
    };
  }

  /** A file that is being written, as Parquet wants it. */
  static OutputFile output(FSDataOutputStream stream) {
    return new OutputFile() {
      @Override
      public PositionOutputStream create(long blockSize) {
        return HadoopStreams.wrap(stream);
      }

      @Override
      public PositionOutputStream createOrOverwrite(long blockSize) {
        return HadoopStreams.wrap(stream);
      }

      @Override
      public boolean supportsBlockSize() {
        return false;
      }

      @Override
      public long defaultBlockSize() {
        return 0;
      }
    };
  }
}
