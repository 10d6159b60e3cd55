package coulis.spark;

/** The functions of libcoulis_spark (spark/native). Texts are UTF-8; a 0 is never a handle. */
final class Native {
  static {
    NativeLibrary.load();
  }

  private Native() {}

  /** @param precision 0: f32, 1: bf16, 2: int8 (coulis::Precision) */
  static native long openEngine(byte[] folder, byte[] json, byte[] layer, int precision, int threads)
      throws NativeException;

  static native void closeEngine(long engine);

  static native int featureLength(long engine);

  /** @return what happens to an image before the network sees it, as run.json has it (UTF-8) */
  static native byte[] preprocessing(byte[] json) throws NativeException;

  /** @return of the native code, UTF-8 */
  static native byte[] version();

  static native long openEmbedder(long engine, boolean fast, boolean exifRotate, long maxPixels)
      throws NativeException;

  static native void closeEmbedder(long embedder);

  /** @param size gets the image's width and height in pixels; may be null */
  static native float[] embed(long embedder, byte[] image, int[] size) throws NativeException;

  /** Moments of vectors of `dims` numbers: MomentsBuilder owns them. */
  static native long openMoments(int dims) throws NativeException;

  static native void closeMoments(long moments);

  /** @param rows whole vectors, one after the other, in its first `length` places */
  static native void addDoubles(long moments, double[] rows, int length) throws NativeException;

  /** The same, to the bit that the same numbers as doubles give. */
  static native void addFloats(long moments, float[] rows, int length) throws NativeException;

  /** Adds what Moments of the same dims hold. */
  static native void mergeMoments(long moments, long count, double[] mean, double[] coMoments) throws NativeException;

  static native long countMoments(long moments);

  /** Fills both: dims numbers, and dims x (dims + 1) / 2. */
  static native void readMoments(long moments, double[] mean, double[] coMoments);

  /**
   * @param components how many; 0: as many as `share` needs
   * @return mean, scale, components, explained variance and its ratio, as FittedPca has them
   */
  static native double[][] fitPca(long moments, int components, double share, boolean withStd)
      throws NativeException;

  static native long openProjector(double[] mean, double[] scale, double[] components) throws NativeException;

  static native void closeProjector(long projector);

  /** Whole vectors into whole vectors; any number of threads may share a projector. */
  static native float[] project(long projector, double[] rows) throws NativeException;
}
