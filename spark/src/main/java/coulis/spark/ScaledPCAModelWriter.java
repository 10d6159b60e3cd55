package coulis.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLWriter;

/** Spark's metadata, and beside it pca_model/: what was saved serves `coulis run --pca-from` as well. */
final class ScaledPCAModelWriter extends MLWriter {
  private final ScaledPCAModel model;

  ScaledPCAModelWriter(ScaledPCAModel model) {
    this.model = model;
  }

  @Override
  public void saveImpl(String path) {
    try {
      new DefaultParamsWriter(model).session(sparkSession()).save(path);
    } catch (IOException error) {
      throw new UncheckedIOException(error.getMessage(), error);
    }
    model.writePcaModel(path, sparkSession());
  }
}
