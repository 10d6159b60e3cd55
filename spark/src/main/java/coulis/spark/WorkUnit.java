package coulis.spark;

import java.io.Serializable;

/** What one task does: rows of a table, which become a part. */
final class WorkUnit implements Serializable {
  private static final long serialVersionUID = 1;

  /** The table, as Hadoop's text of its path. */
  final String table;
  final long firstRow;
  final long rows;
  /** Bytes to read: what the work is measured by. */
  final long bytes;
  /** Name of the part, part-NNNNN.parquet; null until it is given. */
  final String part;

  WorkUnit(String table, long firstRow, long rows, long bytes, String part) {
    this.table = table;
    this.firstRow = firstRow;
    this.rows = rows;
    this.bytes = bytes;
    this.part = part;
  }

  WorkUnit named(String name) {
    return new WorkUnit(table, firstRow, rows, bytes, name);
  }

  WorkUnit cutTo(long fewerRows) {
    return new WorkUnit(table, firstRow, Math.min(rows, fewerRows), bytes, part);
  }
}
