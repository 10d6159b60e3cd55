package coulis.spark;

/** Sums up vectors of one length, natively and in blocks. Not thread-safe. */
final class MomentsBuilder implements AutoCloseable {
  /** Vectors added at a time: coulis::Moments is fastest with some hundred. */
  private static final int BLOCK_ROWS = 256;

  private final int dims;
  private final double[] block;
  private long handle;
  private int filled;

  /** @throws IllegalArgumentException when vectors of that length cannot be summed up */
  MomentsBuilder(int dims) throws NativeException {
    if (dims < 1 || dims > Moments.MOST_DIMS) {
      throw new IllegalArgumentException(
          "PCA takes vectors of 1 to " + Moments.MOST_DIMS + " numbers, these have " + dims);
    }
    this.dims = dims;
    block = new double[BLOCK_ROWS * dims];
    handle = Native.openMoments(dims);
  }

  /** Moments of all that either has seen. @throws IllegalArgumentException when they are of vectors of other lengths */
  static Moments sum(Moments a, Moments b) throws NativeException {
    try (MomentsBuilder builder = new MomentsBuilder(a.dims())) {
      builder.merge(a);
      builder.merge(b);
      return builder.build();
    }
  }

  /** The PCA of what these moments have seen, as `fit` of a builder. */
  static FittedPca fit(Moments moments, int components, double share, boolean withStd) throws NativeException {
    try (MomentsBuilder builder = new MomentsBuilder(moments.dims())) {
      builder.merge(moments);
      return builder.fit(components, share, withStd);
    }
  }

  int dims() {
    return dims;
  }

  /** @param row of dims() numbers; NaN and infinity make the fit fail */
  void add(double[] row) throws NativeException {
    System.arraycopy(row, 0, room(row.length), filled, dims);
    filled += dims;
  }

  void add(float[] row) throws NativeException {
    double[] room = room(row.length);
    for (float value : row) room[filled++] = value;
  }

  /** @param other moments of vectors of dims() numbers */
  void merge(Moments other) throws NativeException {
    requireDims(other.dims());
    flush();
    Native.mergeMoments(handle, other.count, other.mean, other.coMoments);
  }

  /** Of everything added so far. */
  Moments build() throws NativeException {
    flush();
    double[] mean = new double[dims];
    double[] coMoments = new double[dims * (dims + 1) / 2];
    Native.readMoments(handle, mean, coMoments);
    return new Moments(Native.countMoments(handle), mean, coMoments);
  }

  /**
   * The PCA of everything added so far.
   *
   * @param components how many; 0: the fewest that explain `share` of the variance
   * @throws NativeException saying what the vectors lack, or how many components there can be
   */
  FittedPca fit(int components, double share, boolean withStd) throws NativeException {
    flush();
    double[][] parts = Native.fitPca(handle, components, share, withStd);
    return new FittedPca(Native.countMoments(handle), parts[0], parts[1], parts[2], parts[3], parts[4]);
  }

  @Override
  public void close() {
    Native.closeMoments(handle);
    handle = 0;
  }

  private double[] room(int length) throws NativeException {
    requireDims(length);
    if (filled == block.length) flush();
    return block;
  }

  private void flush() throws NativeException {
    if (handle == 0) throw new IllegalStateException("the moments are closed");
    if (filled > 0) Native.addRows(handle, block, filled);
    filled = 0;
  }

  private void requireDims(int length) {
    if (length != dims) {
      throw new IllegalArgumentException("a vector of " + length + " numbers among vectors of " + dims);
    }
  }
}
