package coulis.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;

/**
 * Reads what ScaledPCAModelWriter wrote; from results, which have no metadata of Spark's, a model with default
 * parameters. Spark Connect can ask for nothing but this.
 */
final class ScaledPCAModelReader extends MLReader<ScaledPCAModel> {
  @Override
  public ScaledPCAModel load(String path) {
    FittedPca pca = ScaledPCAModel.readPca(path, sparkSession());
    ScaledPCAModel model = hasMetadata(path)
        ? new DefaultParamsReader<ScaledPCAModel>().session(sparkSession()).load(path)
        : new ScaledPCAModel();
    model.setPca(pca);
    return model;
  }

  private boolean hasMetadata(String path) {
    Path metadata = new Path(path, "metadata");
    try {
      return HadoopFiles.of(metadata, sparkSession().sparkContext().hadoopConfiguration()).exists(metadata);
    } catch (IOException error) {
      throw new UncheckedIOException(error.getMessage(), error);
    }
  }
}
