package coulis.spark;

import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;

/** Reads what ScaledPCAModelWriter wrote. */
final class ScaledPCAModelReader extends MLReader<ScaledPCAModel> {
  @Override
  public ScaledPCAModel load(String path) {
    ScaledPCAModel model = new DefaultParamsReader<ScaledPCAModel>().session(sparkSession()).load(path);
    model.setPca(ScaledPCAModel.readPca(path, sparkSession()));
    return model;
  }
}
