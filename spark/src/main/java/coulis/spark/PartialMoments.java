package coulis.spark;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Moments of some of the rows, or what is wrong with one of them: a value, so that rows that cannot be used end the fit
 * with one message instead of a task that fails and is tried again.
 */
final class PartialMoments implements Serializable {
  private static final long serialVersionUID = 1;

  /** Of no row. */
  static final PartialMoments NONE = new PartialMoments(null, null);

  private final Moments moments;
  private final String problem;

  private PartialMoments(Moments moments, String problem) {
    this.moments = moments;
    this.problem = problem;
  }

  /** @param rows of one column, which `vectors` reads; nulls are passed over */
  static PartialMoments of(Iterator<InternalRow> rows, VectorColumn.Reader vectors) throws NativeException {
    TaskContext task = TaskContext.get();
    try (MomentsBuilder builder = new MomentsBuilder()) {
      while (rows.hasNext()) {
        if (task.isInterrupted()) throw new TaskKilledException("stopped while moments were taken");
        InternalRow next = rows.next();
        try {  // Only around what is ours: rows may come from stages that fail in their own ways.
          vectors.read(next, builder);
        } catch (IllegalArgumentException wrong) {
          return new PartialMoments(null, wrong.getMessage());
        }
      }
      return new PartialMoments(builder.build(), null);
    }
  }

  /** Of both. */
  PartialMoments with(PartialMoments other) throws NativeException {
    if (problem != null || other.isNone()) return this;
    if (other.problem != null || moments == null) return other;
    try {
      return new PartialMoments(MomentsBuilder.sum(moments, other.moments), null);
    } catch (IllegalArgumentException wrong) {
      return new PartialMoments(null, wrong.getMessage());
    }
  }

  /** Null where there was no row; IllegalArgumentException when one could not be used. */
  Moments get() {
    if (problem != null) throw new IllegalArgumentException(problem);
    return moments;
  }

  private boolean isNone() {
    return moments == null && problem == null;
  }
}
