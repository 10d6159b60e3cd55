package coulis.spark;

import java.io.Serializable;

/**
 * Count, mean and co-moments of vectors as they travel between machines: what coulis::Moments holds. Values; the
 * arithmetic is native (MomentsBuilder).
 */
final class Moments implements Serializable {
  /** More features than that would not fit into one message of Spark: their co-moments have 1 GB. */
  static final int MOST_DIMS = 16384;

  private static final long serialVersionUID = 1;

  /** How many vectors. */
  final long count;
  /** [dims] */
  final double[] mean;
  /** Lower triangle, row after row: dims x (dims + 1) / 2 sums of (x_i - mean_i)(x_j - mean_j), j from 0 to i. */
  final double[] coMoments;

  Moments(long count, double[] mean, double[] coMoments) {
    this.count = count;
    this.mean = mean;
    this.coMoments = coMoments;
  }

  int dims() {
    return mean.length;
  }
}
