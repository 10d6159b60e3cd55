package coulis.spark;

import java.io.IOException;
import java.util.ArrayList;
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

/** Projects the good rows of a part of features/ into the part of pca/ with the same number. */
final class ProjectWork implements Attempts.Work {
  private static final long serialVersionUID = 1;
  private static final int BLOCK_ROWS = 256;

  private final Broadcast<FittedPca> pca;
  private final Broadcast<SerializableConfiguration> hadoop;

  ProjectWork(Broadcast<FittedPca> pca, Broadcast<SerializableConfiguration> hadoop) {
    this.pca = pca;
    this.hadoop = hadoop;
  }

  static Schema schema(int k) {
    return new Schema(Arrays.asList(TableSchema.text("path", false), TableSchema.text("label", true),
        TableSchema.floats("pca", k, false)));
  }

  @Override
  public Attempts.Made make(WorkUnit unit, Path file) throws IOException, NativeException {
    Configuration configuration = hadoop.value().value();
    Attempts.Made made = new Attempts.Made();
    made.part = unit.part;
    try (TableReader features = TableReader.open(new Path(unit.table), configuration, "path", "label", "features");
        Projector projector = new Projector(pca.value())) {
      List<Object[]> block = nextBlock(features);
      if (block.isEmpty()) return made;  // No good row: no part.
      made.file = file.toString();
      try (TableWriter part = TableWriter.create(file, schema(pca.value().k()), configuration)) {
        for (; !block.isEmpty(); block = nextBlock(features)) write(block, projector, part);
        part.finish(Collections.emptyMap());
        made.rows = part.rows();
      }
    }
    return made;
  }

  private static List<Object[]> nextBlock(TableReader features) throws IOException {
    if (TaskContext.get().isInterrupted()) throw new TaskKilledException("stopped while vectors were projected");
    List<Object[]> block = new ArrayList<>();
    while (block.size() < BLOCK_ROWS) {
      Object[] row = features.next();
      if (row == null) break;
      if (row[2] != null) block.add(row);
    }
    return block;
  }

  private void write(List<Object[]> block, Projector projector, TableWriter part) throws IOException, NativeException {
    int dims = pca.value().dims();
    int k = pca.value().k();
    double[] rows = new double[block.size() * dims];
    for (int i = 0; i < block.size(); ++i) {
      float[] features = (float[]) block.get(i)[2];
      if (features.length != dims) {
        throw new IOException("features of length " + features.length + "; the PCA was fitted on " + dims);
      }
      for (int j = 0; j < dims; ++j) rows[i * dims + j] = features[j];
    }
    float[] vectors = projector.project(rows);
    for (int i = 0; i < block.size(); ++i) {
      part.append(block.get(i)[0], block.get(i)[1], Arrays.copyOfRange(vectors, i * k, (i + 1) * k));
    }
  }
}
