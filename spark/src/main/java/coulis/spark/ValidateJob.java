package coulis.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Reads a result back, each part on an executor, and checks what `coulis validate` checks. */
final class ValidateJob {
  /** Vectors whose projection is computed again. */
  private static final int SAMPLED_ROWS = 1000;
  /** The same arithmetic gives the same bits on one machine; another processor may round otherwise. */
  private static final float PROJECTION_TOLERANCE = 1e-4F;
  private static final long ROWS_PER_PARTITION = 100_000;

  private final JavaSparkContext context;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final Path root;

  ValidateJob(JavaSparkContext context, Broadcast<SerializableConfiguration> hadoop, Path root) {
    this.context = context;
    this.hadoop = hadoop;
    this.root = root;
  }

  /** What was seen of a part of features/ and of that of pca/ with the same number. */
  private static final class Seen implements Serializable {
    private static final long serialVersionUID = 1;

    String featuresProblem;
    String pcaProblem;
    long rows;
    long bad;
    long bothOrNeither;
    long notFinite;
    long pcaRows;
    long mismatches;
    long pcaNotFinite;
    long projected;
    float worst;
  }

  /** How many checks passed. Errors: JobException that names the first that failed. */
  int run() throws IOException, JobException, NativeException {
    RunRecord record = Results.record(root, hadoop.value().value());
    Map<String, Part> pcaParts = new HashMap<>();
    for (Part part : record.pca()) pcaParts.put(part.baseName(), part);
    int checks = 1;
    Broadcast<FittedPca> pca = null;
    if (record.hasPca()) pca = context.broadcast(model(record));
    Look look = new Look(root.toString(), record.featureLength(), pcaParts,
        Math.max(1, SAMPLED_ROWS / Math.max(1, record.features().size())), pca, hadoop);
    List<Part> parts = record.features();
    List<Seen> all = context.parallelize(parts, Math.max(1, parts.size())).map(look::at).collect();
    checks += checkFeatures(record, all);
    long twice = duplicates(parts);
    require("features: paths unique", twice == 0, twice + " come twice");
    ++checks;
    if (record.hasPca()) checks += 1 + checkPca(record, all);
    return checks;
  }

  private FittedPca model(RunRecord record) throws IOException, JobException {
    FittedPca pca = PcaModelFiles.read(new Path(root, Results.PCA_MODEL), hadoop.value().value());
    require("pca_model", pca.dims() == record.featureLength() && pca.k() == record.json.path("pca").path("k").asInt(),
        pca.k() + " components of " + pca.dims() + " features, run.json says otherwise");
    return pca;
  }

  private int checkFeatures(RunRecord record, List<Seen> all) throws IOException, JobException {
    checkParts(Results.FEATURES, record.features().size(),
        all.stream().map(seen -> seen.featuresProblem).collect(Collectors.toList()));
    long rows = all.stream().mapToLong(seen -> seen.rows).sum();
    long bad = all.stream().mapToLong(seen -> seen.bad).sum();
    require("features: rows", rows == record.count("images") && bad == record.count("bad"), rows + " rows, " + bad
        + " bad; run.json says " + record.count("images") + ", " + record.count("bad"));
    long bothOrNeither = all.stream().mapToLong(seen -> seen.bothOrNeither).sum();
    require("features: a vector or an error", bothOrNeither == 0, bothOrNeither + " rows have both or neither");
    long notFinite = all.stream().mapToLong(seen -> seen.notFinite).sum();
    require("features: finite, length " + record.featureLength(), notFinite == 0, notFinite + " vectors are not finite");
    return 4;
  }

  private int checkPca(RunRecord record, List<Seen> all) throws IOException, JobException {
    checkParts(Results.PCA, record.pca().size(), all.stream().map(seen -> seen.pcaProblem).collect(Collectors.toList()));
    long mismatches = all.stream().mapToLong(seen -> seen.mismatches).sum();
    require("pca: a row for each good image", mismatches == 0, mismatches + " missing, without features, or with another "
        + "label");
    long notFinite = all.stream().mapToLong(seen -> seen.pcaNotFinite).sum();
    require("pca: finite", notFinite == 0, notFinite + " vectors are not finite");
    double worst = all.stream().mapToDouble(seen -> seen.worst).max().orElse(0);
    require("pca: equals model applied to features", worst <= PROJECTION_TOLERANCE,
        String.format(Locale.ROOT, "largest relative difference %.1e", worst));
    return 4;
  }

  private void checkParts(String section, int listed, List<String> problems) throws IOException, JobException {
    int there = new ResultsFiles(root, hadoop.value().value()).parts(new Path(root, section)).size();
    require(section + ": parts", there == listed, there + " parts are there, run.json lists " + listed);
    for (String problem : problems) require(section + ": parts", problem == null, problem);
  }

  private static void require(String check, boolean passed, String detail) throws JobException {
    if (!passed) throw JobException.failed("validation failed: " + check + ": " + detail);
  }

  // Over all parts: by a shuffle of Spark's.
  private long duplicates(List<Part> parts) {
    if (parts.isEmpty()) return 0;
    long rows = parts.stream().mapToLong(part -> part.rows).sum();
    List<String> paths = parts.stream().map(part -> new Path(root, part.file).toString()).collect(Collectors.toList());
    return rows - context.parallelize(paths, paths.size()).flatMap(new ListedTables.ReadPaths(hadoop))
        .distinct((int) (rows / ROWS_PER_PARTITION) + 1).count();
  }

  /** Reads a part and its namesake. */
  private static final class Look implements Serializable {
    private static final long serialVersionUID = 1;

    private final String root;
    private final int length;
    private final Map<String, Part> pcaParts;
    private final int sampled;
    private final Broadcast<FittedPca> pca;
    private final Broadcast<SerializableConfiguration> hadoop;

    Look(String root, int length, Map<String, Part> pcaParts, int sampled, Broadcast<FittedPca> pca,
        Broadcast<SerializableConfiguration> hadoop) {
      this.root = root;
      this.length = length;
      this.pcaParts = new HashMap<>(pcaParts);
      this.sampled = sampled;
      this.pca = pca;
      this.hadoop = hadoop;
    }

    Seen at(Part part) throws NativeException {
      Seen seen = new Seen();
      Map<String, String> labels = new HashMap<>();
      Map<String, float[]> sample = new HashMap<>();
      try {
        readFeatures(part, labels, sample, seen);
      } catch (IOException problem) {
        seen.featuresProblem = HadoopFiles.reason(problem);
      }
      if (pca == null) return seen;
      try {
        readPca(pcaParts.get(part.baseName()), labels, sample, seen);
      } catch (IOException problem) {
        seen.pcaProblem = HadoopFiles.reason(problem);
      }
      seen.mismatches += labels.size();  // Those that pca/ had not.
      return seen;
    }

    private void readFeatures(Part part, Map<String, String> labels, Map<String, float[]> sample, Seen seen)
        throws IOException {
      Configuration configuration = hadoop.value().value();
      try (TableReader table = TableReader.open(new Path(root, part.file), configuration)) {
        if (!TableSchema.same(table.schema(), EmbedWork.schema(length))) throw table.other();
        for (Object[] row = table.next(); row != null; row = table.next()) {
          float[] features = (float[]) row[2];
          ++seen.rows;
          if (row[3] != null) ++seen.bad;
          if ((row[3] == null) == (features == null)) ++seen.bothOrNeither;
          if (features == null) continue;
          if (!isFinite(features)) ++seen.notFinite;
          labels.put((String) row[0], (String) row[1]);
          if (sample.size() < sampled) sample.put((String) row[0], features);
        }
      }
      if (seen.rows == part.rows && seen.bad == part.bad) return;
      throw new IOException(part.file + " has " + seen.rows + " rows, " + seen.bad + " bad; run.json says " + part.rows
          + ", " + part.bad);
    }

    private void readPca(Part part, Map<String, String> labels, Map<String, float[]> sample, Seen seen)
        throws IOException, NativeException {
      if (part == null) return;
      try (TableReader table = TableReader.open(new Path(root, part.file), hadoop.value().value());
          Projector projector = new Projector(pca.value())) {
        if (!TableSchema.same(table.schema(), ProjectWork.schema(pca.value().k()))) throw table.other();
        for (Object[] row = table.next(); row != null; row = table.next()) {
          float[] vector = (float[]) row[2];
          ++seen.pcaRows;
          if (!isFinite(vector)) ++seen.pcaNotFinite;
          boolean isKnown = labels.containsKey(row[0]);
          if (!isKnown || !Objects.equals(labels.remove(row[0]), row[1])) ++seen.mismatches;
          float[] features = sample.get(row[0]);
          if (features == null) continue;
          seen.worst = Math.max(seen.worst, distance(projector, features, vector));
          ++seen.projected;
        }
      }
      if (seen.pcaRows == part.rows) return;
      throw new IOException(part.file + " has " + seen.pcaRows + " vectors; expected " + part.rows);
    }

    // Relative to the largest number, or 1.
    private static float distance(Projector projector, float[] features, float[] vector) throws NativeException {
      double[] row = new double[features.length];
      for (int i = 0; i < row.length; ++i) row[i] = features[i];
      float[] expected = projector.project(row);
      float largest = 1;
      float error = 0;
      for (int i = 0; i < expected.length; ++i) {
        float difference = Math.abs(expected[i] - vector[i]);
        largest = Math.max(largest, Math.abs(expected[i]));
        error = Math.max(error, Float.isNaN(difference) ? Float.POSITIVE_INFINITY : difference);
      }
      return error / largest;
    }

    private static boolean isFinite(float[] vector) {
      for (float value : vector) if (!Float.isFinite(value)) return false;
      return true;
    }
  }
}
