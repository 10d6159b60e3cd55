package coulis.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Finds the images and plans the tasks. Executors search folders, a level of the tree at a time, and write what they
 * find to tables in the staging folder, so that what was found is the same however often a task is done again; the
 * driver holds folders and cuts of tables, but no path of an image.
 */
final class Listing {
  /** Searches of folders for each core: they wait more than they compute. */
  private static final int SEARCHES_PER_SLOT = 4;
  /** So many tasks for each core, where there are enough images: the last ones end at about the same time. */
  private static final int TASKS_PER_SLOT = 4;
  /** But not so few images that starting tasks takes longer than doing them. */
  private static final long LEAST_ROWS = 32;

  private final JavaSparkContext context;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final JobOptions options;
  private final Results results;
  private final FolderSearch.Found found = new FolderSearch.Found();
  private final List<Written> written = new ArrayList<>();

  Listing(JavaSparkContext context, Broadcast<SerializableConfiguration> hadoop, JobOptions options, Results results) {
    this.context = context;
    this.hadoop = hadoop;
    this.options = options;
    this.results = results;
  }

  /** A table of images that a task wrote. */
  private static final class Written implements java.io.Serializable {
    private static final long serialVersionUID = 1;

    final FolderSearch.Found found = new FolderSearch.Found();
    String table;
    final List<WorkUnit> units = new ArrayList<>();
  }

  long passedOver() {
    return found.passedOver;
  }

  long images() {
    return found.images;
  }

  /** Searches all inputs. */
  void search(List<Input> inputs) throws IOException {
    results.files().makeFolder(results.listing());
    FolderSearch search = new FolderSearch(new NamePatterns(options.globs), options.labelled, inputs.size() > 1);
    List<FolderSearch.Folder> level = new ArrayList<>();
    List<Listed> singles = new ArrayList<>();
    for (Input input : inputs) {
      if (input.isFolder) level.add(new FolderSearch.Folder(input.path, ""));
      else singles.add(search.single(input));
    }
    if (!singles.isEmpty()) {
      add(context.parallelize(singles, 1).mapPartitions(new WriteFound(results.listing().toString(), hadoop)).collect());
    }
    SearchFolders searching = new SearchFolders(search, results.listing().toString(), hadoop);
    while (!level.isEmpty()) {
      int tasks = Math.min(level.size(), SEARCHES_PER_SLOT * context.defaultParallelism());
      List<Written> tables = context.parallelize(level, tasks).mapPartitions(searching).collect();
      level = new ArrayList<>();
      for (Written table : tables) level.addAll(table.found.folders);
      add(tables);
    }
  }

  private void add(List<Written> tables) {
    for (Written table : tables) {
      found.images += table.found.images;
      found.bytes += table.found.bytes;
      found.passedOver += table.found.passedOver;
      if (table.found.images > 0) written.add(table);
    }
  }

  /**
   * The tasks, the largest first, their parts numbered from `firstPart`: of all images but those that have a row in
   * one of `finished`.
   */
  List<WorkUnit> plan(List<Path> finished, int firstPart) {
    List<WorkUnit> units = new ArrayList<>();
    CutTables cut = new CutTables(rowsPerTask(), options.taskBytes, hadoop);
    if (finished.isEmpty() || written.isEmpty()) {
      List<String> tables = new ArrayList<>();
      for (Written table : written) tables.add(table.table);
      if (!tables.isEmpty()) units.addAll(context.parallelize(tables, tables.size()).flatMap(cut).collect());
    } else {
      List<Written> left = remaining(finished).mapPartitions(new WriteFound(results.listing().toString(), hadoop)).collect();
      List<String> tables = new ArrayList<>();
      for (Written table : left) if (table.found.images > 0) tables.add(table.table);
      if (!tables.isEmpty()) units.addAll(context.parallelize(tables, tables.size()).flatMap(cut).collect());
    }
    // What takes longest begins first; the names make the order the same every time.
    units.sort((a, b) -> a.bytes != b.bytes ? Long.compare(b.bytes, a.bytes)
        : a.table.equals(b.table) ? Long.compare(a.firstRow, b.firstRow) : a.table.compareTo(b.table));
    return numbered(units, firstPart);
  }

  private List<WorkUnit> numbered(List<WorkUnit> units, int firstPart) {
    List<WorkUnit> numbered = new ArrayList<>();
    long left = options.limit > 0 ? options.limit : Long.MAX_VALUE;
    for (WorkUnit unit : units) {
      if (left == 0) break;
      WorkUnit taken = unit.cutTo(left).named(Part.name(firstPart + numbered.size()));
      numbered.add(taken);
      left -= taken.rows;
    }
    return numbered;
  }

  private long rowsPerTask() {
    long even = found.images / ((long) TASKS_PER_SLOT * context.defaultParallelism()) + 1;
    return Math.min(options.rowsPerPart, Math.max(LEAST_ROWS, even));
  }

  // By a join of Spark's: there may be more finished rows than a machine can hold.
  private JavaRDD<Listed> remaining(List<Path> finished) {
    SparkSession session = SparkSession.builder().getOrCreate();
    List<String> tables = new ArrayList<>();
    for (Written table : written) tables.add(table.table);
    ReadListed read = new ReadListed(hadoop);
    Dataset<Row> listed = session.createDataFrame(context.parallelize(tables, tables.size()).flatMap(read)
        .map(Listed::toRow), Listed.COLUMNS);
    String[] parts = finished.stream().map(Path::toString).toArray(String[]::new);
    Dataset<Row> done = session.read().parquet(parts).select("path");
    return listed.join(done, listed.col("path").equalTo(done.col("path")), "left_anti").toJavaRDD()
        .map(row -> Listed.from(row));
  }

  /** Takes images to a table of a name that no other attempt has. */
  private static final class ListedWriter implements AutoCloseable {
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

  private static final class SearchFolders
      implements org.apache.spark.api.java.function.FlatMapFunction<Iterator<FolderSearch.Folder>, Written> {
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

  private static final class WriteFound
      implements org.apache.spark.api.java.function.FlatMapFunction<Iterator<Listed>, Written> {
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
          writer.written.found.bytes += image.bytes;
          writer.write(image);
        }
        return Collections.singletonList(writer.finish()).iterator();
      }
    }
  }

  private static final class ReadListed implements org.apache.spark.api.java.function.FlatMapFunction<String, Listed> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SerializableConfiguration> hadoop;

    ReadListed(Broadcast<SerializableConfiguration> hadoop) {
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<Listed> call(String table) throws IOException {
      TableReader reader = TableReader.open(new Path(table), hadoop.value().value());
      TaskContext.get().addTaskCompletionListener((org.apache.spark.util.TaskCompletionListener) ended -> {
        try {
          reader.close();
        } catch (IOException ignored) {
          // It was only read.
        }
      });
      return new Rows(reader);
    }
  }

  /** The images of a table, one after the other. */
  private static final class Rows implements Iterator<Listed> {
    private final TableReader reader;
    private Object[] row;

    Rows(TableReader reader) throws IOException {
      this.reader = reader;
      row = reader.next();
    }

    @Override
    public boolean hasNext() {
      return row != null;
    }

    @Override
    public Listed next() {
      if (row == null) throw new java.util.NoSuchElementException();
      Listed image = Listed.from(row);
      try {
        row = reader.next();
      } catch (IOException problem) {
        throw new java.io.UncheckedIOException(problem.getMessage(), problem);
      }
      return image;
    }
  }

  /** Cuts tables into tasks by rows and bytes; an image that is larger than a task's bytes is one alone. */
  private static final class CutTables implements org.apache.spark.api.java.function.FlatMapFunction<String, WorkUnit> {
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
      try (TableReader reader = TableReader.open(new Path(table), hadoop.value().value(), "bytes")) {
        for (Object[] row = reader.next(); row != null; row = reader.next()) {
          long next = (long) row[0];
          if (rows > 0 && (rows == mostRows || bytes + next > mostBytes)) {
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
