package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The folder pca_model/ of docs/formats.md, on any of Hadoop's file systems. */
final class PcaModelFiles {
  /** Its name in a folder of results. */
  static final String FOLDER = "pca_model";

  private static final String SCALER = "scaler.parquet";
  private static final String COMPONENTS = "components.parquet";
  private static final String FITTED_ROWS = "coulis.fitted_rows";

  private PcaModelFiles() {}

  /** Makes `folder`; scaler.parquet is written last, so where it is the model is whole. */
  static void write(FittedPca pca, Path folder, Configuration hadoop) throws IOException {
    HadoopFiles.of(folder, hadoop).mkdirs(folder);
    Path components = new Path(folder, COMPONENTS);
    try (TableWriter table = TableWriter.createSmall(components, componentsSchema(pca.dims()), hadoop)) {
      for (int i = 0; i < pca.k(); ++i) {
        double[] component = Arrays.copyOfRange(pca.components, i * pca.dims(), (i + 1) * pca.dims());
        table.append(pca.explainedVariance[i], pca.explainedVarianceRatio[i], component);
      }
      table.finish(Collections.emptyMap());
    }
    try (TableWriter table = TableWriter.createSmall(new Path(folder, SCALER), scalerSchema(), hadoop)) {
      for (int i = 0; i < pca.dims(); ++i) table.append(pca.mean[i], pca.scale[i]);
      table.finish(Collections.singletonMap(FITTED_ROWS, Long.toString(pca.count)));
    }
  }

  /** Errors: IOException that says what is missing or damaged. */
  static FittedPca read(Path folder, Configuration hadoop) throws IOException {
    try {
      List<Object[]> scaler = new ArrayList<>();
      String count;
      try (TableReader table = open(new Path(folder, SCALER), scalerSchema(), hadoop)) {
        for (Object[] row = table.next(); row != null; row = table.next()) scaler.add(row);
        count = table.metadata().get(FITTED_ROWS);
        if (scaler.isEmpty() || count == null || !count.matches("[0-9]{1,18}")) throw table.other();
      }
      List<Object[]> components = new ArrayList<>();
      try (TableReader table = open(new Path(folder, COMPONENTS), componentsSchema(scaler.size()), hadoop)) {
        for (Object[] row = table.next(); row != null; row = table.next()) components.add(row);
        if (components.isEmpty()) throw table.other();
      }
      double[] flat = components.stream().flatMapToDouble(row -> Arrays.stream((double[]) row[2])).toArray();
      return new FittedPca(Long.parseLong(count), column(scaler, 0), column(scaler, 1), flat, column(components, 0),
          column(components, 1));
    } catch (FileNotFoundException missing) {
      throw new IOException("there is no PCA model in " + HadoopFiles.text(folder) + ": no " + SCALER + " and "
          + COMPONENTS + ", as `coulis reduce` and ScaledPCAModel write them", missing);
    }
  }

  private static TableReader open(Path file, Schema expected, Configuration hadoop) throws IOException {
    TableReader table = TableReader.open(file, hadoop);
    if (TableSchema.same(table.schema(), expected)) return table;
    table.close();
    throw table.other();
  }

  private static double[] column(List<Object[]> rows, int index) {
    return rows.stream().mapToDouble(row -> (Double) row[index]).toArray();
  }

  private static Schema scalerSchema() {
    return new Schema(Arrays.asList(TableSchema.number("mean"), TableSchema.number("scale")));
  }

  private static Schema componentsSchema(int dims) {
    return new Schema(Arrays.asList(TableSchema.number("explained_variance"),
        TableSchema.number("explained_variance_ratio"), TableSchema.doubles("component", dims)));
  }
}
