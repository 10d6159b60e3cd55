package coulis.spark;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/** Sums up vectors of one length, natively and in blocks. Not thread-safe. */
final class MomentsBuilder implements AutoCloseable {
  /** Vectors added at a time: coulis::Moments is fastest with some hundred. */
  private static final int BLOCK_ROWS = 256;

  private int dims;
  private long handle;
  // Rows that wait: floats stay floats until they are native. At most one of the two blocks has any.
  private float[] floats;
  private double[] doubles;
  private int waitingFloats;
  private int waitingDoubles;

  /** Takes vectors as long as the first one. */
  MomentsBuilder() {}

  /** @throws IllegalArgumentException when vectors of that length cannot be summed up */
  MomentsBuilder(int dims) throws NativeException {
    open(dims);
  }

  private void open(int dims) throws NativeException {
    if (dims < 1 || dims > Moments.MOST_DIMS) {
      throw new IllegalArgumentException(
          "PCA takes vectors of 1 to " + Moments.MOST_DIMS + " numbers, these have " + dims);
    }
    this.dims = dims;
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

  /** NaN and infinity make the fit fail. Errors: IllegalArgumentException when the others have another length. */
  void add(double[] vector) throws NativeException {
    require(vector.length);
    if (waitingFloats > 0 || waitingDoubles == BLOCK_ROWS * dims) flush();
    if (doubles == null) doubles = new double[BLOCK_ROWS * dims];
    System.arraycopy(vector, 0, doubles, waitingDoubles, dims);
    waitingDoubles += dims;
  }

  void add(float[] vector) throws NativeException {
    System.arraycopy(vector, 0, roomForFloats(vector.length), waitingFloats, dims);
    waitingFloats += dims;
  }

  /** The same of floats, none of them null, as Spark's rows hold them: no object is made for a row. */
  void addFloats(UnsafeArrayData vector) throws NativeException {
    float[] room = roomForFloats(vector.numElements());
    long first = vector.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(dims);
    Platform.copyMemory(vector.getBaseObject(), first, room,
        Platform.FLOAT_ARRAY_OFFSET + (long) Float.BYTES * waitingFloats, (long) Float.BYTES * dims);
    waitingFloats += dims;
  }

  /** @param other moments of vectors of the same length */
  void merge(Moments other) throws NativeException {
    require(other.dims());
    flush();
    Native.mergeMoments(handle, other.count, other.mean, other.coMoments);
  }

  /** Of everything added so far; null where that is nothing and no length was given. */
  Moments build() throws NativeException {
    if (dims == 0) return null;
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
    if (handle != 0) Native.closeMoments(handle);
    handle = 0;
  }

  private float[] roomForFloats(int length) throws NativeException {
    require(length);
    if (waitingDoubles > 0 || waitingFloats == BLOCK_ROWS * dims) flush();
    if (floats == null) floats = new float[BLOCK_ROWS * dims];
    return floats;
  }

  private void flush() throws NativeException {
    if (handle == 0) throw new IllegalStateException("the moments are closed");
    if (waitingFloats > 0) Native.addFloats(handle, floats, waitingFloats);
    if (waitingDoubles > 0) Native.addDoubles(handle, doubles, waitingDoubles);
    waitingFloats = 0;
    waitingDoubles = 0;
  }

  private void require(int length) throws NativeException {
    if (dims == 0) open(length);
    if (length != dims) {
      throw new IllegalArgumentException("a vector of " + length + " numbers among vectors of " + dims);
    }
  }
}
