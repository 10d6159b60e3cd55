package coulis.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.util.TaskCompletionListener;

/** A vector into its projection; null stays null. Each task opens a native projector and closes it at its end. */
final class ProjectRow implements UDF1<Object, float[]> {
  private static final long serialVersionUID = 1;

  private final Broadcast<FittedPca> pca;
  private transient Projector projector;

  ProjectRow(Broadcast<FittedPca> pca) {
    this.pca = pca;
  }

  // A task may end while a thread of its own, one that feeds Python say, still asks for rows.
  @Override
  public synchronized float[] call(Object vector) throws NativeException {
    if (vector == null) return null;
    double[] numbers = VectorColumn.numbers(vector);
    if (numbers.length != pca.value().dims()) {
      throw new IllegalArgumentException("a vector of " + numbers.length + " numbers; the PCA was fitted on vectors of "
          + pca.value().dims());
    }
    TaskContext task = TaskContext.get();
    if (task == null) {  // The driver computes small tables itself.
      try (Projector once = new Projector(pca.value())) {
        return once.project(numbers);
      }
    }
    if (projector == null) {
      projector = new Projector(pca.value());
      task.addTaskCompletionListener((TaskCompletionListener) ended -> close());
    }
    return projector.project(numbers);
  }

  private synchronized void close() {
    if (projector != null) projector.close();
    projector = null;
  }
}
