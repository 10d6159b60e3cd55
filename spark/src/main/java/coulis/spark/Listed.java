package coulis.spark;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.arrow.vector.types.pojo.Schema;

/** An image that was found, or what was found instead of one: then `error` says why it cannot be used. */
final class Listed implements Serializable {
  /** Of the tables in which a plan is kept. */
  static final Schema SCHEMA = new Schema(Arrays.asList(TableSchema.text("path", false), TableSchema.text("label", true),
      TableSchema.text("file", false), TableSchema.int64("bytes", false), TableSchema.text("error", true)));

  private static final long serialVersionUID = 1;

  /** The key of its row. */
  final String path;
  /** May be null. */
  final String label;
  /** Hadoop's text of where it is. */
  final String file;
  final long bytes;
  /** Null for an image. */
  final String error;

  Listed(String path, String label, String file, long bytes, String error) {
    this.path = path;
    this.label = label;
    this.file = file;
    this.bytes = bytes;
    this.error = error;
  }

  static Listed from(Object... row) {
    return new Listed((String) row[0], (String) row[1], (String) row[2], (long) row[3], (String) row[4]);
  }

  /** Whether it is a container, whose members are images. */
  boolean isContainer() {
    return error == null && path.endsWith("/");
  }

  Object[] values() {
    return new Object[] {path, label, file, bytes, error};
  }
}
