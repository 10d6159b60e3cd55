package coulis.spark;

import java.io.Serializable;

/** A fitted standardisation and PCA, y = components * ((x - mean) / scale): coulis::PcaModel. */
final class FittedPca implements Serializable {
  private static final long serialVersionUID = 1;

  /** How many vectors it was fitted on. */
  final long count;
  /** [dims] */
  final double[] mean;
  /** [dims] standard deviation with divisor n; 1 for a constant column, and everywhere without scaling. */
  final double[] scale;
  /** [k, dims], row after row, of unit length, by falling variance; the largest coefficient of each is positive. */
  final double[] components;
  /** [k] with divisor n - 1. */
  final double[] explainedVariance;
  /** [k] share of the whole variance. */
  final double[] explainedVarianceRatio;

  FittedPca(long count, double[] mean, double[] scale, double[] components, double[] explainedVariance,
      double[] explainedVarianceRatio) {
    this.count = count;
    this.mean = mean;
    this.scale = scale;
    this.components = components;
    this.explainedVariance = explainedVariance;
    this.explainedVarianceRatio = explainedVarianceRatio;
  }

  int dims() {
    return mean.length;
  }

  int k() {
    return explainedVariance.length;
  }
}
