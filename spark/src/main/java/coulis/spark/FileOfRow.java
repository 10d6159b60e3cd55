package coulis.spark;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;

/** Reads the files that a column of rows names, by path or URI. Whatever goes wrong with one is a bad image. */
final class FileOfRow implements ReadAhead.Loader<Row> {
  /** What is wrong with a null. */
  static final String NONE = "there is no image: the value is null";

  /** The largest compressed image: coulis::DecodeLimits::max_bytes. */
  private static final long MAX_BYTES = 256L << 20;

  private final int column;
  private final Configuration hadoop;

  FileOfRow(int column, Configuration hadoop) {
    this.column = column;
    this.hadoop = hadoop;
  }

  @Override
  public long held(Row row) {
    long bytes = 0;
    for (int i = 0; i < row.size(); ++i) {
      if (row.get(i) instanceof byte[]) bytes += ((byte[]) row.get(i)).length;
    }
    return bytes;
  }

  @Override
  public byte[] load(Row row, ReadAhead.Room room) throws IOException, ReadAhead.Unreadable {
    if (row.isNullAt(column)) throw new ReadAhead.Unreadable(NONE);
    try {
      return read(new Path(row.getString(column)), room);
    } catch (IOException | IllegalArgumentException error) {
      if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("the task has ended");
      throw new ReadAhead.Unreadable("cannot be read: " + String.valueOf(error.getMessage()).split("\n")[0]);
    }
  }

  private byte[] read(Path file, ReadAhead.Room room) throws IOException, ReadAhead.Unreadable {
    FileSystem files = file.getFileSystem(hadoop);
    FileStatus status = files.getFileStatus(file);
    if (status.isDirectory()) throw new ReadAhead.Unreadable("not a regular file");
    if (status.getLen() > MAX_BYTES) {
      throw new ReadAhead.Unreadable("file has " + status.getLen() + " bytes, more than the " + MAX_BYTES + " allowed");
    }
    room.reserve(status.getLen());
    byte[] bytes = new byte[(int) status.getLen()];
    try (FSDataInputStream stream = files.open(file)) {
      stream.readFully(0, bytes);
    }
    return bytes;
  }
}
