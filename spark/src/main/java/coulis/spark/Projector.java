package coulis.spark;

/** Projects vectors with a FittedPca, natively. Any number of threads may project; none while one closes. */
final class Projector implements AutoCloseable {
  private final int dims;
  private long handle;

  Projector(FittedPca pca) throws NativeException {
    dims = pca.dims();
    handle = Native.openProjector(pca.mean, pca.scale, pca.components);
  }

  /** @param rows n x dims numbers, row after row; the result: n x k, with the bits of `coulis reduce` */
  float[] project(double[] rows) throws NativeException {
    if (handle == 0) throw new IllegalStateException("the projector is closed");
    if (rows.length % dims != 0) {
      throw new IllegalArgumentException(rows.length + " numbers are no whole vectors of " + dims);
    }
    return Native.project(handle, rows);
  }

  @Override
  public void close() {
    Native.closeProjector(handle);
    handle = 0;
  }
}
