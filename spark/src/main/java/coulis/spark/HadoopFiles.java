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

  static OutputFile output(Path file, Configuration hadoop) throws IOException {
    FileSystem files = of(file, hadoop);
    return new OutputFile() {
      @Override
      public PositionOutputStream create(long blockSize) throws IOException {
        return createOrOverwrite(blockSize);
      }

      @Override
      public PositionOutputStream createOrOverwrite(long blockSize) throws IOException {
        FSDataOutputStream stream = files.create(file, /*overwrite=*/ true);
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
