package coulis.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/** What executors do for a Listing: they write, read and cut tables of images. */
final class ListedTables {
  private ListedTables() {}

  /** A table of images that a task wrote. */
  static final class Written implements Serializable {
    private static final long serialVersionUID = 1;

    final FolderSearch.Found found = new FolderSearch.Found();
    String table;
    final List<WorkUnit> units = new ArrayList<>();
  }

  /** Takes images to a table of a name that no other attempt has. */
  static final class ListedWriter implements AutoCloseable {
    private final TableWriter table;
    private final Written written = new Written();
    private IOException failure;

    ListedWriter(String folder, Broadcast<SerializableConfiguration> hadoop) throws IOException {
      Path path = new Path(folder, "listed-" + TaskContext.getPartitionId() + "-" + Attempts.unique() + ".parquet");
      table = TableWriter.create(path, Listed.SCHEMA, hadoop.value().value());
      written.table = path.toString();
    }

    void write(Listed image) {
      try {
        if (failure == null) table.append(image.values());
      } catch (IOException problem) {
        failure = problem;
      }
    }

    Written finish() throws IOException {
      if (failure != null) throw failure;
      table.finish(Collections.emptyMap());
      return written;
    }

    @Override
    public void close() throws IOException {
      table.close();
    }
  }

  static final class SearchFolders
      implements FlatMapFunction<Iterator<FolderSearch.Folder>, Written> {
    private static final long serialVersionUID = 1;

    private final FolderSearch search;
    private final String folder;
    private final Broadcast<SerializableConfiguration> hadoop;

    SearchFolders(FolderSearch search, String folder, Broadcast<SerializableConfiguration> hadoop) {
      this.search = search;
      this.folder = folder;
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<Written> call(Iterator<FolderSearch.Folder> folders) throws IOException {
      try (ListedWriter writer = new ListedWriter(folder, hadoop)) {
        while (folders.hasNext()) {
          search.search(folders.next(), hadoop.value().value(), writer.written.found, writer::write);
        }
        return Collections.singletonList(writer.finish()).iterator();
      }
    }
  }

  static final class WriteFound
      implements FlatMapFunction<Iterator<Listed>, Written> {
    private static final long serialVersionUID = 1;

    private final String folder;
    private final Broadcast<SerializableConfiguration> hadoop;

    WriteFound(String folder, Broadcast<SerializableConfiguration> hadoop) {
      this.folder = folder;
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<Written> call(Iterator<Listed> images) throws IOException {
      try (ListedWriter writer = new ListedWriter(folder, hadoop)) {
        while (images.hasNext()) {
          Listed image = images.next();
          ++writer.written.found.images;
          if (image.isContainer()) ++writer.written.found.containers;
          writer.written.found.bytes += image.bytes;
          writer.write(image);
        }
        return Collections.singletonList(writer.finish()).iterator();
      }
    }
  }

  static final class ReadListed implements FlatMapFunction<String, Listed> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SerializableConfiguration> hadoop;

    ReadListed(Broadcast<SerializableConfiguration> hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<Listed> call(String table) throws IOException {
      TableReader reader = TableReader.open(new Path(table), hadoop.value().value());
      return new Rows<>(reader, Listed::from);
    }
  }

  /** The paths of the rows of a part of features/. */
  static final class ReadPaths implements FlatMapFunction<String, String> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SerializableConfiguration> hadoop;

    ReadPaths(Broadcast<SerializableConfiguration> hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<String> call(String part) throws IOException {
      return new Rows<>(TableReader.open(new Path(part), hadoop.value().value(), "path"), row -> (String) row[0]);
    }
  }

  /** Hashes of the paths of the rows of parts of features/. */
  static final class HashPaths implements FlatMapFunction<Iterator<String>, long[]> {
    private static final long serialVersionUID = 1;

    @Override
    public Iterator<long[]> call(Iterator<String> paths) {
      java.util.stream.LongStream.Builder hashes = java.util.stream.LongStream.builder();
      while (paths.hasNext()) hashes.add(FinishedPaths.hash(paths.next()));
      return Collections.singletonList(hashes.build().toArray()).iterator();
    }
  }

  /** The rows of a table, one after the other; closes it when the task ends. */
  private static final class Rows<T> implements Iterator<T> {
    private final TableReader reader;
    private final Function<Object[], T> make;
    private Object[] row;

    Rows(TableReader reader, Function<Object[], T> make) throws IOException {
      this.reader = reader;
      this.make = make;
      TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> close());
      row = reader.next();
    }

    @Override
    public boolean hasNext() {
      return row != null;
    }

    @Override
    public T next() {
      if (row == null) throw new NoSuchElementException();
      T value = make.apply(row);
      try {
        row = reader.next();
      } catch (IOException problem) {
        throw new UncheckedIOException(problem.getMessage(), problem);
      }
      return value;
    }

    private void close() {
      try {
        reader.close();
      } catch (IOException ignored) {
        // It was only read.
      }
    }
  }

  /** Cuts tables into tasks by rows and bytes; an image that is larger than a task's bytes is one alone. */
  static final class CutTables implements FlatMapFunction<String, WorkUnit> {
    private static final long serialVersionUID = 1;

    private final long mostRows;
    private final long mostBytes;
    private final Broadcast<SerializableConfiguration> hadoop;

    CutTables(long mostRows, long mostBytes, Broadcast<SerializableConfiguration> hadoop) {
      this.mostRows = mostRows;
      this.mostBytes = mostBytes;
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<WorkUnit> call(String table) throws IOException {
      List<WorkUnit> units = new ArrayList<>();
      long first = 0;
      long rows = 0;
      long bytes = 0;
      boolean wasContainer = false;
      try (TableReader reader = TableReader.open(new Path(table), hadoop.value().value())) {
        for (Object[] row = reader.next(); row != null; row = reader.next()) {
          Listed image = Listed.from(row);
          long next = image.bytes;
          // A container is a task of its own.
          boolean isAlone = image.isContainer() || wasContainer;
          wasContainer = image.isContainer();
          if (rows > 0 && (isAlone || rows == mostRows || bytes + next > mostBytes)) {
            units.add(new WorkUnit(table, first, rows, bytes, null));
            first += rows;
            rows = 0;
            bytes = 0;
          }
          ++rows;
          bytes += next;
        }
      }
      if (rows > 0) units.add(new WorkUnit(table, first, rows, bytes, null));
      return units.iterator();
    }
  }
}
