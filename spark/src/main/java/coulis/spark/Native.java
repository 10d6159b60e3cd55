package coulis.spark;

/** The functions of libcoulis_spark (spark/native/coulis_jni.cpp). Texts are UTF-8; a 0 is never a handle. */
final class Native {
  static {
    NativeLibrary.load();
  }

  private Native() {}

  /** @param precision 0: f32, 1: bf16, 2: int8 (coulis::Precision) */
  static native long openEngine(byte[] folder, byte[] json, byte[] layer, int precision, int threads)
      throws NativeException;

  static native void closeEngine(long engine);

  static native long openEmbedder(long engine, boolean fast, long maxPixels) throws NativeException;

  static native void closeEmbedder(long embedder);

  static native float[] embed(long embedder, byte[] image) throws NativeException;
}
