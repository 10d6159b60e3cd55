package coulis.spark;

import java.nio.charset.StandardCharsets;

/** An error of the native code: one line that says what was wrong and what to do. */
final class NativeException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean badImage;

  /** Called by the native code. There may be one for every row: no stack trace is taken. */
  NativeException(boolean badImage, byte[] message) {
    super(new String(message, StandardCharsets.UTF_8), null, false, false);
    this.badImage = badImage;
  }

  /** Whether the image is to blame: the next one may be better. Else the engine failed. */
  boolean badImage() {
    return badImage;
  }
}
