package coulis.spark;

import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The rows of a partition with their features and errors added. One row is in work at a time, so a task holds one
 * image however large the partition is.
 */
final class EmbedRows implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;
  /** The largest compressed image: coulis::DecodeLimits::max_bytes. */
  private static final long MAX_BYTES = 256L << 20;

  private final int column;
  private final EmbedSettings settings;
  private final String identity;
  private final Broadcast<ModelFiles> model;
  private final Broadcast<SerializableConfiguration> hadoop;

  /** @param column of the image's bytes or of the path of its file */
  EmbedRows(int column, EmbedSettings settings, String identity, Broadcast<ModelFiles> model,
      Broadcast<SerializableConfiguration> hadoop) {
    this.column = column;
    this.settings = settings;
    this.identity = identity;
    this.model = model;
    this.hadoop = hadoop;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws IOException, NativeException {
    if (!rows.hasNext()) return rows;
    TaskContext task = TaskContext.get();
    SharedEngine.Embedder embedder = SharedEngine.borrow(identity, model::value, settings);
    // At the end of the task, however it ends.
    task.addTaskCompletionListener((TaskCompletionListener) ended -> embedder.close());
    return new Iterator<Row>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Row next() {
        if (!rows.hasNext()) throw new NoSuchElementException();
        if (task.isInterrupted()) throw new TaskKilledException("stopped while images were embedded");
        return embed(embedder, rows.next());
      }
    };
  }

  private Row embed(SharedEngine.Embedder embedder, Row row) {
    try {
      return with(row, embedder.embed(bytes(row), /*size=*/ null), null);
    } catch (NativeException error) {
      if (!error.badImage()) throw new IllegalStateException(error.getMessage(), error);
      return with(row, null, error.getMessage());
    } catch (BadRow error) {
      return with(row, null, error.getMessage());
    }
  }

  private static Row with(Row row, float[] features, String error) {
    Object[] values = new Object[row.size() + 2];
    for (int i = 0; i < row.size(); ++i) values[i] = row.get(i);
    values[row.size()] = features;
    values[row.size() + 1] = error;
    return RowFactory.create(values);
  }

  private byte[] bytes(Row row) throws BadRow {
    Object value = row.get(column);
    if (value == null) throw new BadRow("there is no image: the value is null");
    if (value instanceof byte[]) return (byte[]) value;
    try {
      return read(new Path((String) value), hadoop.value().value());
    } catch (IOException | IllegalArgumentException error) {
      throw new BadRow("cannot be read: " + String.valueOf(error.getMessage()).split("\n")[0]);
    }
  }

  private static byte[] read(Path file, Configuration hadoop) throws IOException, BadRow {
    FileSystem files = file.getFileSystem(hadoop);
    FileStatus status = files.getFileStatus(file);
    if (status.isDirectory()) throw new BadRow("not a regular file");
    if (status.getLen() > MAX_BYTES) {
      throw new BadRow("file has " + status.getLen() + " bytes, more than the " + MAX_BYTES + " allowed");
    }
    byte[] bytes = new byte[(int) status.getLen()];
    try (FSDataInputStream stream = files.open(file)) {
      stream.readFully(0, bytes);
    }
    return bytes;
  }

  /** This row gives no features, and why. */
  private static final class BadRow extends Exception {
    private static final long serialVersionUID = 1;

    BadRow(String message) {
      super(message, null, false, false);
    }
  }
}
