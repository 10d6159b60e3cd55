package coulis.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** One run: embed, reduce, publish, validate. */
final class Job {
  private static final int LEAST_FITTED = 2;
  private static final int TRIES_TO_END = 100;
  private static final long MILLIS_BETWEEN = 100;

  private final JavaSparkContext context;
  private final Configuration configuration;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final JobOptions options;
  private final JobProgress progress;
  private final RegionGuard guard;
  private String validated = "";

  Job(JavaSparkContext context, JobOptions options, JobProgress progress) {
    this.context = context;
    this.configuration = context.hadoopConfiguration();
    this.hadoop = context.broadcast(new SerializableConfiguration(configuration));
    this.options = options;
    this.progress = progress;
    this.guard = new RegionGuard(options.allowRegion, configuration);
  }

  /** "11 checks passed"; empty before it has run. */
  String validated() {
    return validated;
  }

  RunRecord run() throws IOException, JobException, NativeException {
    boolean usesStore = checkRegions();
    List<Input> inputs = Input.resolve(options.inputs, configuration);
    checkList(inputs);
    Path root = HadoopFiles.resolve(options.out, configuration);
    ModelFiles model = ModelFiles.open(options.model, options.precision, configuration);
    int length = SharedEngine.featureLength(model, options.settings());
    RunRecord record = RunRecord.plan(options, ListedFiles.text(options.files, configuration), inputs, model, length,
        context.defaultParallelism());
    FittedPca taken = ReduceJob.check(options, record, configuration);
    try (Results results = Results.open(root, options, record, configuration)) {
      try {
        EmbedJob embed = new EmbedJob(context, hadoop, options, results, guard);
        embed.run(inputs, model, record, progress);
        if (usesStore) recordStorage(record, embed);
        reduce(results, record, taken);
      } catch (Exception problem) {  // Those of Spark are checked ones, and undeclared.
        throw kept(results, problem);
      }
      record.setCreatedNow();
      results.publish(record);
    }
    progress.phase("validating");
    validated = new ValidateJob(context, hadoop, root).run() + " checks passed";
    progress.phase("done");
    return record;
  }

  private void checkList(List<Input> inputs) throws JobException {
    if (options.files.isEmpty()) return;
    if (inputs.size() > 1 || !inputs.isEmpty() && !inputs.get(0).isFolder) {
      throw JobException.usage("beside --files INPUT has to be one folder, the one that its relative paths are below");
    }
    if (options.files.equals(FileList.STANDARD_INPUT)
        && context.getConf().get("spark.submit.deployMode", "client").equals("cluster")) {
      throw JobException.usage("--files - reads the standard input, which a driver on a node of the cluster has not: name a file");
    }
  }

  // Before the first byte is read.
  private boolean checkRegions() throws IOException, JobException {
    List<String> names = new ArrayList<>(options.inputs);
    names.add(options.out);
    names.add(options.files);
    names.add(options.pcaFrom);
    if (options.model.contains(":/")) names.add(options.model);
    boolean usesStore = false;
    for (String name : names) {
      if (name.isEmpty() || !name.matches("s3[an]?://.*")) continue;
      usesStore = true;
      guard.check(new Path(name));
    }
    return usesStore;
  }

  private void reduce(Results results, RunRecord record, FittedPca taken)
      throws IOException, JobException, NativeException {
    boolean canFit = record.count("images") - record.count("bad") >= LEAST_FITTED;
    if (options.reduces() && (taken != null || canFit)) {
      new ReduceJob(context, hadoop, options, results).run(taken, record, progress);
    }
  }

  private void recordStorage(RunRecord record, EmbedJob embed) {
    ObjectNode storage = record.json.putObject("storage");
    guard.record(storage);
    storage.put("objects_read", embed.images()).put("bytes_read", embed.bytes()).put("retries", 0).put("throttled", 0);
  }

  // A failure in the middle, with what is left of the work.
  private JobException kept(Results results, Exception problem) throws IOException {
    endTasks();
    try {
      results.lock().check();
    } catch (JobException taken) {
      return taken;
    }
    String message = Main.reason(problem);
    int parts = results.featureParts().size();
    results.dropIfNothingWasFinished();
    if (problem instanceof JobException && parts == 0) return (JobException) problem;
    return JobException.failed(parts == 0 ? message : message + "; what was finished is kept: go on with --resume");
  }

  // Tasks that still run would go on writing while what they write is removed.
  private void endTasks() {
    context.cancelAllJobs();
    try {
      for (int i = 0; i < TRIES_TO_END && runningTasks() > 0; ++i) Thread.sleep(MILLIS_BETWEEN);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private int runningTasks() {
    int running = 0;
    for (SparkExecutorInfo executor : context.sc().statusTracker().getExecutorInfos()) {
      running += executor.numRunningTasks();
    }
    return running;
  }
}
