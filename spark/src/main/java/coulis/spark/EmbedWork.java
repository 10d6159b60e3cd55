package coulis.spark;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Embeds the images of a table of Listing's into a part of features/. */
final class EmbedWork implements Attempts.Work {
  /** Bad images that an attempt tells of: RunRecord::kBadExamples. */
  static final int BAD_EXAMPLES = 10;

  private static final long serialVersionUID = 1;
  private static final int READERS_OF_DISK = 2;
  static final int READERS_OF_STORE = 8;

  private final int featureLength;
  private final EmbedSettings settings;
  private final String identity;
  private final int ioThreads;
  private final long maxBytes;
  private final List<String> globs;
  private final String imageColumn;
  private final boolean labelled;
  private final Broadcast<ModelFiles> model;
  private final Broadcast<SerializableConfiguration> hadoop;
  private boolean prefixed;
  private List<String> named = Collections.emptyList();
  private Broadcast<FinishedPaths> finished;

  EmbedWork(int featureLength, JobOptions options, String identity, Broadcast<ModelFiles> model,
      Broadcast<SerializableConfiguration> hadoop) {
    this.featureLength = featureLength;
    this.settings = options.settings();
    this.identity = identity;
    this.ioThreads = options.ioThreads;
    this.maxBytes = options.maxBytes;
    this.globs = options.globs;
    this.imageColumn = options.imageColumn;
    this.labelled = options.labelled;
    this.model = model;
    this.hadoop = hadoop;
  }

  /**
   * @param isPrefixed whether a container's path comes before those of its members
   * @param inputs Hadoop's text of what a user named, an empty one for all; @param done rows that there are
   */
  EmbedWork withContainers(boolean isPrefixed, List<String> inputs, Broadcast<FinishedPaths> done) {
    prefixed = isPrefixed;
    named = inputs;
    finished = done;
    return this;
  }

  static Schema schema(int featureLength) {
    return new Schema(Arrays.asList(TableSchema.text("path", false), TableSchema.text("label", true),
        TableSchema.floats("features", featureLength, true), TableSchema.text("error", true),
        TableSchema.int32("width", true), TableSchema.int32("height", true)));
  }

  @Override
  public Attempts.Made make(WorkUnit unit, Path file) throws IOException, NativeException {
    Configuration configuration = hadoop.value().value();
    Attempts.Made made = new Attempts.Made();
    made.file = file.toString();
    made.part = unit.part;
    try (SharedEngine.Embedder embedder = SharedEngine.borrow(identity, model::value, settings);
        TableReader plan = TableReader.open(new Path(unit.table), configuration);
        TableWriter part = TableWriter.create(file, schema(featureLength), configuration)) {
      ReadAhead.Source<Listed> rows = rowsOf(plan, unit);
      Listed first = rows.next();
      if (first != null && first.isContainer()) embedContainer(first, embedder, part, made);
      else embedFiles(startingWith(first, rows), readers(unit), embedder, part, made);
      part.finish(Collections.emptyMap());
      made.rows = part.rows();
    }
    if (made.rows == 0) made.file = null;
    return made;
  }

  private void embedFiles(ReadAhead.Source<Listed> rows, int readers, SharedEngine.Embedder embedder, TableWriter part,
      Attempts.Made made) throws IOException, NativeException {
    ListedImages loader = new ListedImages(maxBytes, hadoop.value().value());
    try (ReadAhead<Listed> images = new ReadAhead<>(rows, loader, readers)) {
      for (ReadAhead.Content<Listed> image = images.next(); image != null; image = images.next()) {
        embed(image.item.path, image.item.label, image.bytes, image.error, embedder, part, made);
      }
    }
  }

  private void embedContainer(Listed file, SharedEngine.Embedder embedder, TableWriter part, Attempts.Made made)
      throws IOException, NativeException {
    Container.Options options = new Container.Options(prefixed ? file.path : "", new NamePatterns(globs), maxBytes, imageColumn,
        named.contains("") || named.contains(file.file), finished.value());
    try (Container members = Container.open(file, options, hadoop.value().value())) {
      for (Container.Member image = members.next(); image != null; image = members.next()) {
        String label = !labelled ? null : file.label != null ? file.label : image.label;
        embed(image.path, label, image.bytes, image.error, embedder, part, made);
      }
      made.passedOver = members.passedOver();
    }
  }

  private static ReadAhead.Source<Listed> startingWith(Listed first, ReadAhead.Source<Listed> rest) {
    Listed[] next = {first};
    return () -> {
      Listed row = next[0] != null ? next[0] : rest.next();
      next[0] = null;
      return row;
    };
  }

  private static ReadAhead.Source<Listed> rowsOf(TableReader plan, WorkUnit unit) throws IOException {
    plan.skip(unit.firstRow);
    long[] left = {unit.rows};
    return () -> {
      if (left[0]-- == 0) return null;
      Object[] row = plan.next();
      return row == null ? null : Listed.from(row);
    };
  }

  private int readers(WorkUnit unit) {
    if (ioThreads > 0) return ioThreads;
    return HadoopFiles.isLocal(new Path(unit.table)) ? READERS_OF_DISK : READERS_OF_STORE;
  }

  private static void embed(String path, String label, byte[] bytes, String problem, SharedEngine.Embedder embedder,
      TableWriter part, Attempts.Made made) throws IOException, NativeException {
    if (TaskContext.get().isInterrupted()) throw new TaskKilledException("stopped while images were embedded");
    String error = problem;
    if (error == null) {
      try {
        int[] size = new int[2];
        float[] features = embedder.embed(bytes, size);
        part.append(path, label, features, null, size[0], size[1]);
        return;
      } catch (NativeException bad) {
        if (!bad.badImage()) throw bad;
        error = bad.getMessage();
      }
    }
    part.append(path, label, null, error, null, null);
    ++made.bad;
    if (made.badExamples.size() < BAD_EXAMPLES) made.badExamples.add(new String[] {path, error});
  }
}
