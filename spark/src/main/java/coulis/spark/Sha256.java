package coulis.spark;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes as model.json and files.sha256 have them: lower-case hex. */
final class Sha256 {
  private Sha256() {}

  static String of(byte[] bytes) {
    return hex(digest().digest(bytes));
  }

  static String of(InputStream stream) throws IOException {
    MessageDigest digest = digest();
    byte[] piece = new byte[1 << 16];
    for (int got = stream.read(piece); got >= 0; got = stream.read(piece)) digest.update(piece, 0, got);
    return hex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {  // Every Java has it.
      throw new IllegalStateException(impossible);
    }
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder(2 * bytes.length);
    for (byte value : bytes) text.append(String.format("%02x", value));
    return text.toString();
  }
}
