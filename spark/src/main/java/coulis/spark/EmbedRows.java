package coulis.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The rows of a partition with their features and errors added, in their order. Images that lie in the rows pass one at
 * a time; files are read ahead, within ReadAhead's bounds. So what a task holds does not grow with the partition.
 */
final class EmbedRows implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;

  private final int column;
  private final boolean paths;
  private final EmbedSettings settings;
  private final String identity;
  private final Broadcast<ModelFiles> model;
  private final Broadcast<SerializableConfiguration> hadoop;

  /**
   * @param column of the image's bytes
   * @param paths whether it is of the paths of their files instead
   */
  EmbedRows(int column, boolean paths, EmbedSettings settings, String identity, Broadcast<ModelFiles> model,
      Broadcast<SerializableConfiguration> hadoop) {
    this.column = column;
    this.paths = paths;
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
    Images images = paths ? readAhead(rows, task) : inRows(rows);
    return new Iterator<Row>() {
      @Override
      public boolean hasNext() {
        try {
          return images.hasNext();
        } catch (IOException error) {
          throw new UncheckedIOException(error.getMessage(), error);
        }
      }

      @Override
      public Row next() {
        if (!hasNext()) throw new NoSuchElementException();
        if (task.isInterrupted()) throw new TaskKilledException("stopped while images were embedded");
        try {
          return embed(embedder, images.next());
        } catch (IOException error) {
          throw new UncheckedIOException(error.getMessage(), error);
        }
      }
    };
  }

  /** The rows and their images. */
  private interface Images {
    boolean hasNext() throws IOException;

    ReadAhead.Content<Row> next() throws IOException;
  }

  private Images inRows(Iterator<Row> rows) {
    return new Images() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public ReadAhead.Content<Row> next() {
        Row row = rows.next();
        byte[] bytes = row.getAs(column);
        return new ReadAhead.Content<>(row, bytes, bytes == null ? FileOfRow.NONE : null);
      }
    };
  }

  private Images readAhead(Iterator<Row> rows, TaskContext task) {
    ReadAhead<Row> files = new ReadAhead<>(() -> rows.hasNext() ? rows.next() : null,
        new FileOfRow(column, hadoop.value().value()), EmbedWork.READERS_OF_STORE);
    task.addTaskCompletionListener((TaskCompletionListener) ended -> files.close());
    return new Images() {
      @Override
      public boolean hasNext() throws IOException {
        return files.hasNext();
      }

      @Override
      public ReadAhead.Content<Row> next() throws IOException {
        return files.next();
      }
    };
  }

  private static Row embed(SharedEngine.Embedder embedder, ReadAhead.Content<Row> image) {
    if (image.error != null) return with(image.item, null, image.error);
    try {
      return with(image.item, embedder.embed(image.bytes, /*size=*/ null), null);
    } catch (NativeException error) {
      if (!error.badImage()) throw new IllegalStateException(error.getMessage(), error);
      return with(image.item, null, error.getMessage());
    }
  }

  private static Row with(Row row, float[] features, String error) {
    Object[] values = new Object[row.size() + 2];
    for (int i = 0; i < row.size(); ++i) values[i] = row.get(i);
    values[row.size()] = features;
    values[row.size() + 1] = error;
    return RowFactory.create(values);
  }
}
