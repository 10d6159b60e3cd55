package coulis.spark;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Lists the images that have no row yet, embeds them into parts of a staged result, and counts what there is then. */
final class EmbedJob {
  private final JavaSparkContext context;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final JobOptions options;
  private final Results results;
  private final RegionGuard guard;
  private long images;
  private long bytes;

  EmbedJob(JavaSparkContext context, Broadcast<SerializableConfiguration> hadoop, JobOptions options, Results results,
      RegionGuard guard) {
    this.context = context;
    this.hadoop = hadoop;
    this.options = options;
    this.results = results;
    this.guard = guard;
  }

  /** Fills the record's features, counts, timing and bad examples. Errors: JobException when there are no images. */
  void run(List<Input> inputs, ModelFiles model, RunRecord record, JobProgress progress) throws IOException, JobException {
    long start = System.nanoTime();
    List<FileStatus> earlier = results.featureParts();
    List<Part> parts = count(earlier);
    Listing listing = new Listing(context, hadoop, options, results);
    list(inputs, listing);
    if (options.limit > 0 && listing.containers() > 0) {
      throw JobException.usage("--limit does not count the images in archives and Parquet on Spark: leave it out, or run locally");
    }
    List<Path> finished = earlier.stream().map(FileStatus::getPath).collect(Collectors.toList());
    List<WorkUnit> units = listing.plan(finished,
        parts.stream().mapToInt(part -> Part.number(part.baseName()) + 1).max().orElse(0));
    if (parts.isEmpty() && units.isEmpty()) throw noImages(record, listing.passedOver());

    bytes = units.stream().mapToLong(unit -> unit.bytes).sum();
    if (listing.containers() == 0) progress.total(units.stream().mapToLong(unit -> unit.rows).sum());
    progress.phase("embedding");
    Broadcast<ModelFiles> shared = context.broadcast(model);
    boolean isInput = options.files.isEmpty() && inputs.size() == 1 && !inputs.get(0).isFolder;
    Broadcast<FinishedPaths> done = context.broadcast(listing.finished(finished));
    EmbedWork work = new EmbedWork(record.featureLength(), options, model.identity(), shared, hadoop)
        .withContainers(/*isPrefixed=*/ !isInput, named(inputs), done);
    ArrayNode examples = record.json.putArray("bad_examples");
    List<Attempts.Made> all = Attempts.run(context, units, work, results, Results.FEATURES,
        made -> progress.add(made.rows, made.bad));
    shared.destroy();
    done.destroy();
    long passedOver = listing.passedOver();
    for (Attempts.Made made : all) {
      images += made.rows;
      passedOver += made.passedOver;
      if (made.file != null) parts.add(new Part(Results.FEATURES + "/" + made.part, made.rows, made.bad));
      for (String[] bad : made.badExamples) {
        if (examples.size() < EmbedWork.BAD_EXAMPLES) examples.addObject().put("path", bad[0]).put("error", bad[1]);
      }
    }
    parts.sort((a, b) -> a.file.compareTo(b.file));
    if (parts.isEmpty()) throw noImages(record, passedOver);
    record.setFeatures(parts, passedOver);
    double seconds = (System.nanoTime() - start) / 1e9;
    record.section("timing").put("embed_seconds", seconds).put("images_per_second", images / seconds);
  }

  // All of a list; of folders, what is in them was found and not named.
  private List<String> named(List<Input> inputs) {
    if (!options.files.isEmpty()) return Collections.singletonList("");
    return inputs.stream().map(input -> input.path).collect(Collectors.toList());
  }

  private void list(List<Input> inputs, Listing listing) throws IOException, JobException {
    if (options.files.isEmpty()) {
      listing.search(inputs);
    } else {
      Input folder = inputs.isEmpty() ? null : inputs.get(0);
      listing.take(new ListedFiles(options.files, folder, options.labelled, guard, hadoop.value().value()));
    }
  }

  /** Images that this session read. */
  long images() {
    return images;
  }

  /** And their bytes. */
  long bytes() {
    return bytes;
  }

  // Rows and bad rows of the parts that are there.
  private List<Part> count(List<FileStatus> there) {
    if (there.isEmpty()) return new ArrayList<>();
    Broadcast<SerializableConfiguration> configuration = hadoop;
    List<String> paths = there.stream().map(part -> part.getPath().toString()).collect(Collectors.toList());
    return new ArrayList<>(context.parallelize(paths, paths.size()).map(path -> count(path, configuration)).collect());
  }

  private static Part count(String path, Broadcast<SerializableConfiguration> hadoop) throws IOException {
    long bad = 0;
    try (TableReader part = TableReader.open(new Path(path), hadoop.value().value(), "error")) {
      for (Object[] row = part.next(); row != null; row = part.next()) bad += row[0] == null ? 0 : 1;
      return new Part(Results.FEATURES + "/" + new Path(path).getName(), part.rows(), bad);
    }
  }

  private static JobException noImages(RunRecord record, long passedOver) {
    StringBuilder text = new StringBuilder("no images found in");
    record.section("options").path("inputs").forEach(input -> text.append(' ').append(input.asText()));
    text.append(" (looked for");
    record.section("options").path("globs").forEach(glob -> text.append(' ').append(glob.asText()));
    return JobException.failed(text + "; " + passedOver + " other files were passed over)");
  }
}
