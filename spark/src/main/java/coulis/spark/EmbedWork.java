package coulis.spark;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
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
  private final Broadcast<ModelFiles> model;
  private final Broadcast<SerializableConfiguration> hadoop;

  EmbedWork(int featureLength, JobOptions options, String identity, Broadcast<ModelFiles> model,
      Broadcast<SerializableConfiguration> hadoop) {
    this.featureLength = featureLength;
    this.settings = options.settings();
    this.identity = identity;
    this.ioThreads = options.ioThreads;
    this.maxBytes = options.maxBytes;
    this.model = model;
    this.hadoop = hadoop;
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
        ReadAhead<Listed> images = new ReadAhead<>(rowsOf(plan, unit), new ListedImages(maxBytes, configuration), readers(unit));
        TableWriter part = TableWriter.create(file, schema(featureLength), configuration)) {
      for (ReadAhead.Content<Listed> image = images.next(); image != null; image = images.next()) {
        if (TaskContext.get().isInterrupted()) throw new TaskKilledException("stopped while images were embedded");
        embed(image, embedder, part, made);
      }
      part.finish(Collections.emptyMap());
      made.rows = part.rows();
    }
    return made;
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

  private static void embed(ReadAhead.Content<Listed> image, SharedEngine.Embedder embedder, TableWriter part,
      Attempts.Made made) throws IOException, NativeException {
    String error = image.error;
    if (error == null) {
      try {
        int[] size = new int[2];
        float[] features = embedder.embed(image.bytes, size);
        part.append(image.item.path, image.item.label, features, null, size[0], size[1]);
        return;
      } catch (NativeException problem) {
        if (!problem.badImage()) throw problem;
        error = problem.getMessage();
      }
    }
    part.append(image.item.path, image.item.label, null, error, null, null);
    ++made.bad;
    if (made.badExamples.size() < BAD_EXAMPLES) made.badExamples.add(new String[] {image.item.path, error});
  }
}
