package coulis.spark;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The parameters that ScaledPCA and ScaledPCAModel share. */
public interface ScaledPCAParams extends Params {
  Param<String> inputCol();

  Param<String> outputCol();

  IntParam k();

  DoubleParam varianceShare();

  BooleanParam withStd();

  default String getInputCol() {
    return getOrDefault(inputCol());
  }

  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  /** NoSuchElementException where varianceShare decides. */
  default int getK() {
    return (Integer) getOrDefault(k());
  }

  default double getVarianceShare() {
    return (Double) getOrDefault(varianceShare());
  }

  default boolean getWithStd() {
    return (Boolean) getOrDefault(withStd());
  }
}
