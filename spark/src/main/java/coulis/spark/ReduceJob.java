package coulis.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Standardise and PCA over the features of a staged result: moments merged by executors, the fit on the driver. */
final class ReduceJob {
  /** What run.json says of a PCA that was not taken from other results. */
  private static final String FITTED_HERE = "this run";
  /** Moments are stored where they weigh little beside the features: docs/decisions/043. */
  private static final long WORTH_STORING = 4;
  private static final int SUMS_PER_SLOT = 2;

  private final JavaSparkContext context;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final JobOptions options;
  private final Results results;

  ReduceJob(JavaSparkContext context, Broadcast<SerializableConfiguration> hadoop, JobOptions options, Results results) {
    this.context = context;
    this.hadoop = hadoop;
    this.options = options;
    this.results = results;
  }

  /**
   * The PCA of --pca-from, or null. Errors: JobException when it was fitted on features made in another way, or when more
   * components are wanted than there are features.
   */
  static FittedPca check(JobOptions options, RunRecord plan, Configuration hadoop) throws IOException, JobException {
    if (options.pcaFrom.isEmpty()) {
      if (!options.reduces() || options.count() <= plan.featureLength()) return null;
      throw JobException.usage("cannot keep " + options.count() + " components of " + plan.featureLength()
          + " features: choose fewer");
    }
    Path from = HadoopFiles.resolve(options.pcaFrom, hadoop);
    String text = new ResultsFiles(from, hadoop).read(new Path(from, Results.RUN));
    if (text != null) {
      ObjectNode other = RunRecord.parse(text, HadoopFiles.text(new Path(from, Results.RUN))).section("model");
      for (String field : new String[] {"sha256", "preprocessing", "layer", "precision", "decode"}) {
        String mine = plan.section("model").path(field).asText();
        if (other.path(field).asText().equals(mine)) continue;
        throw JobException.usage("the PCA in " + HadoopFiles.text(from) + " was fitted on features of another kind ("
            + field + " \"" + other.path(field).asText() + "\", here \"" + mine
            + "\"): embed with the same model and preprocessing or fit anew");
      }
    }
    FittedPca pca = PcaModelFiles.read(new Path(from, Results.PCA_MODEL), hadoop);
    if (pca.dims() == plan.featureLength()) return pca;
    throw JobException.usage("the PCA in " + HadoopFiles.text(from) + " was fitted on " + pca.dims()
        + " features, these are " + plan.featureLength() + ": embed with the same model or fit anew");
  }

  /** Fits, unless `taken` is a PCA, projects all parts and fills the record's pca. */
  void run(FittedPca taken, RunRecord record, JobProgress progress) throws IOException, JobException, NativeException {
    long start = System.nanoTime();
    progress.phase("fitting PCA");
    FittedPca pca = taken == null ? fit(record.featureLength()) : taken;
    progress.phase("projecting");
    results.section(Results.PCA, /*anew=*/ true);
    List<Part> parts = project(pca);
    PcaModelFiles.write(pca, results.section(Results.PCA_MODEL, /*anew=*/ true), hadoop.value().value());

    ObjectNode json = record.json.putObject("pca");
    json.put("k", pca.k()).put("components", taken == null ? options.components : Integer.toString(pca.k()));
    json.put("explained_variance_ratio", Arrays.stream(pca.explainedVarianceRatio).sum());
    json.put("fitted_on", taken == null ? FITTED_HERE : PathText.of(options.pcaFrom)).put("fitted_rows", pca.count)
        .put("forgotten", taken == null ? 0 : forgotten());
    json.set("parts", Part.toJson(parts));
    record.section("timing").put("reduce_seconds", (System.nanoTime() - start) / 1e9);
  }

  // Of the vectors that --pca-from's PCA was fitted on.
  private long forgotten() throws IOException, JobException {
    Path from = HadoopFiles.resolve(options.pcaFrom, hadoop.value().value());
    String text = new ResultsFiles(from, hadoop.value().value()).read(new Path(from, Results.RUN));
    if (text == null) return 0;
    return RunRecord.parse(text, HadoopFiles.text(from)).json.path("pca").path("forgotten").asLong();
  }

  private FittedPca fit(int dims) throws IOException, JobException, NativeException {
    Moments moments = moments(dims);
    try {
      return MomentsBuilder.fit(moments, options.count(), options.share(), /*withStd=*/ true);
    } catch (NativeException unfit) {
      throw JobException.failed(unfit.getMessage());
    }
  }

  // Of all features: what earlier sessions stored, and the parts that that is not of.
  private Moments moments(int dims) throws IOException, NativeException {
    List<FileStatus> parts = results.featureParts();
    MomentsFile stored = stored(dims, parts);
    List<String> missing = new ArrayList<>();
    for (FileStatus part : parts) {
      if (stored == null || !stored.parts.containsKey(part.getPath().getName())) missing.add(part.getPath().toString());
    }
    if (missing.isEmpty() && stored != null) return stored.moments;
    int tasks = Math.min(missing.size(), SUMS_PER_SLOT * context.defaultParallelism());
    Moments moments = context.parallelize(missing, tasks).mapPartitions(new SumUp(dims, hadoop)).treeReduce(MomentsBuilder::sum);
    if (stored != null) moments = MomentsBuilder.sum(stored.moments, moments);
    if (moments.count >= WORTH_STORING * dims) {
      MomentsFile.write(moments, parts, results.section(Results.MOMENTS, /*anew=*/ true), hadoop.value().value());
    }
    return moments;
  }

  private MomentsFile stored(int dims, List<FileStatus> parts) throws IOException {
    for (Path folder : results.momentsFolders()) {
      MomentsFile stored = MomentsFile.read(folder, dims, parts, hadoop.value().value());
      if (stored != null) return stored;
    }
    return null;
  }

  private List<Part> project(FittedPca pca) throws IOException {
    List<WorkUnit> units = new ArrayList<>();
    for (FileStatus part : results.featureParts()) {
      units.add(new WorkUnit(part.getPath().toString(), 0, Long.MAX_VALUE, part.getLen(), part.getPath().getName()));
    }
    Broadcast<FittedPca> shared = context.broadcast(pca);
    List<Part> parts = new ArrayList<>();
    for (Attempts.Made made : Attempts.run(context, units, new ProjectWork(shared, hadoop), results, Results.PCA,
        made -> { })) {
      if (made.file != null) parts.add(new Part(Results.PCA + "/" + made.part, made.rows, 0));
    }
    shared.destroy();
    parts.sort((a, b) -> a.file.compareTo(b.file));
    return parts;
  }

  /** Moments of the good rows of some parts. */
  private static final class SumUp implements org.apache.spark.api.java.function.FlatMapFunction<Iterator<String>, Moments> {
    private static final long serialVersionUID = 1;

    private final int dims;
    private final Broadcast<SerializableConfiguration> hadoop;

    SumUp(int dims, Broadcast<SerializableConfiguration> hadoop) {
      this.dims = dims;
      this.hadoop = hadoop;
    }

    @Override
    public Iterator<Moments> call(Iterator<String> parts) throws IOException, NativeException {
      try (MomentsBuilder builder = new MomentsBuilder(dims)) {
        while (parts.hasNext()) {
          try (TableReader part = TableReader.open(new Path(parts.next()), hadoop.value().value(), "features")) {
            for (Object[] row = part.next(); row != null; row = part.next()) {
              if (TaskContext.get().isInterrupted()) throw new TaskKilledException("stopped while moments were taken");
              if (row[0] != null) builder.add((float[]) row[0]);
            }
          }
        }
        return Collections.singletonList(builder.build()).iterator();
      }
    }
  }
}
