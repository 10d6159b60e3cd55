package coulis.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

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
  private static final long LEAST_ROWS = 16;
  /** Of the shuffle that finds what is left to do: a partition of it is held in memory. */
  private static final long ROWS_PER_PARTITION = 100_000;

  private final JavaSparkContext context;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final JobOptions options;
  private final Results results;
  private final FolderSearch.Found found = new FolderSearch.Found();
  private final List<ListedTables.Written> written = new ArrayList<>();

  Listing(JavaSparkContext context, Broadcast<SerializableConfiguration> hadoop, JobOptions options, Results results) {
    this.context = context;
    this.hadoop = hadoop;
    this.options = options;
    this.results = results;
  }

  long passedOver() {
    return found.passedOver;
  }

  /** Files that hold any number of images. */
  long containers() {
    return found.containers;
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
      add(context.parallelize(singles, 1).mapPartitions(new ListedTables.WriteFound(results.listing().toString(), hadoop)).collect());
    }
    ListedTables.SearchFolders searching = new ListedTables.SearchFolders(search, results.listing().toString(), hadoop);
    while (!level.isEmpty()) {
      int tasks = Math.min(level.size(), SEARCHES_PER_SLOT * context.defaultParallelism());
      List<ListedTables.Written> tables = context.parallelize(level, tasks).mapPartitions(searching).collect();
      level = new ArrayList<>();
      for (ListedTables.Written table : tables) level.addAll(table.found.folders);
      add(tables);
    }
  }

  /** The files of a list. Errors: JobException for what is no list. */
  void take(ListedFiles files) throws IOException, JobException {
    results.files().makeFolder(results.listing());
    List<String> tables = files.write(results.listing());
    if (tables.isEmpty()) return;
    add(context.parallelize(tables, tables.size()).flatMap(new ListedTables.ReadListed(hadoop))
        .map(new ListedFiles.Measure(hadoop)).mapPartitions(new ListedTables.WriteFound(results.listing().toString(), hadoop))
        .collect());
  }

  private void add(List<ListedTables.Written> tables) {
    for (ListedTables.Written table : tables) {
      found.images += table.found.images;
      found.bytes += table.found.bytes;
      found.containers += table.found.containers;
      found.passedOver += table.found.passedOver;
      if (table.found.images > 0) written.add(table);
    }
  }

  /**
   * The tasks, the largest first, their parts numbered from `firstPart`: of all images but those that have a row in
   * one of `finished`.
   */
  List<WorkUnit> plan(List<Path> finished, int firstPart) {
    List<ListedTables.Written> left = written;
    if (!finished.isEmpty() && !written.isEmpty()) {
      left = remaining(finished).mapPartitions(new ListedTables.WriteFound(results.listing().toString(), hadoop)).collect();
    }
    List<String> tables = new ArrayList<>();
    for (ListedTables.Written table : left) if (table.found.images > 0) tables.add(table.table);
    ListedTables.CutTables cut = new ListedTables.CutTables(rowsPerTask(), options.taskBytes, hadoop);
    List<WorkUnit> units = tables.isEmpty() ? new ArrayList<>()
        : new ArrayList<>(context.parallelize(tables, tables.size()).flatMap(cut).collect());
    // What takes longest begins first; the names make the order the same every time.
    units.sort((a, b) -> a.bytes != b.bytes ? Long.compare(b.bytes, a.bytes)
        : a.table.equals(b.table) ? Long.compare(a.firstRow, b.firstRow) : a.table.compareTo(b.table));
    return numbered(units, firstPart);
  }

  /** What the tasks of archives are to pass over. */
  FinishedPaths finished(List<Path> parts) {
    if (found.containers == 0 || parts.isEmpty()) return new FinishedPaths(new ArrayList<>());
    List<String> paths = parts.stream().map(Path::toString).collect(Collectors.toList());
    return new FinishedPaths(context.parallelize(paths, paths.size()).flatMap(new ListedTables.ReadPaths(hadoop))
        .mapPartitions(new ListedTables.HashPaths()).collect());
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

  // There may be more finished rows than a machine can hold.
  private JavaRDD<Listed> remaining(List<Path> finished) {
    List<String> tables = new ArrayList<>();
    for (ListedTables.Written table : written) tables.add(table.table);
    List<String> parts = finished.stream().map(Path::toString).collect(Collectors.toList());
    JavaPairRDD<String, Listed> listed = context.parallelize(tables, tables.size())
        .flatMap(new ListedTables.ReadListed(hadoop)).mapToPair(image -> new Tuple2<>(image.path, image));
    JavaPairRDD<String, Boolean> done = context.parallelize(parts, parts.size())
        .flatMap(new ListedTables.ReadPaths(hadoop)).mapToPair(path -> new Tuple2<>(path, true));
    // Which of a container's members are done its task finds out.
    return listed.filter(image -> !image._2.isContainer())
        .subtractByKey(done, (int) (found.images / ROWS_PER_PARTITION) + 1).values()
        .union(listed.values().filter(Listed::isContainer));
  }
}
