package coulis.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/** How images become features, as it matters to an executor. */
final class EmbedSettings implements Serializable {
  /** In the order of coulis::Precision. */
  static final List<String> PRECISIONS = Arrays.asList("f32", "bf16", "int8");

  private static final long serialVersionUID = 1;

  final String layer;
  final String precision;
  final String decode;
  final boolean exifRotate;
  final long maxPixels;

  EmbedSettings(String layer, String precision, String decode, boolean exifRotate, long maxPixels) {
    this.layer = layer;
    this.precision = precision;
    this.decode = decode;
    this.exifRotate = exifRotate;
    this.maxPixels = maxPixels;
  }

  /** Engines are shared by those for whom this, and the model, are the same. */
  String engineKey() {
    return precision + " " + layer;
  }

  /** A place at an engine is passed on to those for whom this is the same. */
  String embedderKey() {
    return decode + " " + exifRotate + " " + maxPixels;
  }
}
