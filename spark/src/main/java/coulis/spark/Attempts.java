package coulis.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import scala.collection.Iterator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * Makes the parts of a section, one a task. An attempt of a task writes a file of a name of its own; the driver moves
 * that of the attempt whose result Spark took into place. So speculative and repeated attempts leave nothing behind but
 * files that are removed in the end, and a part that is in place is whole and the only one of its images.
 */
final class Attempts {
  private Attempts() {}

  /** What an attempt made. */
  static final class Made implements Serializable {
    private static final long serialVersionUID = 1;

    /** Hadoop's text of its file; null when there was nothing to write. */
    String file;
    String part;
    long rows;
    long bad;
    /** Members of archives that are no images. */
    long passedOver;
    /** A few of its bad images: path and error. */
    final List<String[]> badExamples = new ArrayList<>();
  }

  /** Does a unit's work on an executor; `file` is where its rows belong. */
  interface Work extends Serializable {
    Made make(WorkUnit unit, Path file) throws Exception;
  }

  /** Tells attempts of all tasks of all runs apart. */
  static String unique() {
    return TaskContext.get().taskAttemptId() + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  /**
   * Does all units, one a task, in their order; those that wrote something get into `section` under their names.
   *
   * @param each is told of each unit as it is done, on a thread of Spark's
   */
  static List<Made> run(JavaSparkContext context, List<WorkUnit> units, Work work, Results results, String section,
      Consumer<Made> each) throws IOException {
    List<Made> all = new ArrayList<>();
    if (units.isEmpty()) return all;
    results.files().makeFolder(results.attempts());
    Path folder = results.section(section, /*anew=*/ false);
    try (Movers movers = new Movers(results.files())) {
      runJob(context.sc(), context.parallelize(units, units.size()), new Task(work, results.attempts().toString()),
          made -> {
            if (made.file != null) {
              requireLock(results);
              movers.move(new Path(made.file), new Path(folder, made.part));
            }
            all.add(made);
            each.accept(made);
          });
    }
    return all;
  }

  // Another run's staging folder is none to put parts into.
  private static void requireLock(Results results) {
    try {
      results.lock().checkNowAndThen();
    } catch (IOException | JobException lost) {
      throw new IllegalStateException(HadoopFiles.reason(lost), lost);
    }
  }

  private static void runJob(SparkContext context, org.apache.spark.api.java.JavaRDD<WorkUnit> units, Task task,
      Consumer<Made> take) {
    ClassTag<Made> tag = ClassTag$.MODULE$.apply(Made.class);
    context.runJob(units.rdd(), task, new AbstractFunction2<Object, Made, BoxedUnit>() {
      @Override
      public BoxedUnit apply(Object index, Made made) {
        take.accept(made);
        return BoxedUnit.UNIT;
      }
    }, tag);
  }

  private static final class Task extends AbstractFunction1<Iterator<WorkUnit>, Made> implements Serializable {
    private static final long serialVersionUID = 1;

    private final Work work;
    private final String folder;

    Task(Work work, String folder) {
      this.work = work;
      this.folder = folder;
    }

    @Override
    public Made apply(Iterator<WorkUnit> units) {
      WorkUnit unit = units.next();
      String name = unit.part.replace(".parquet", "-" + unique() + ".parquet");
      try {
        return work.make(unit, new Path(folder, name));
      } catch (RuntimeException problem) {
        throw problem;
      } catch (Exception problem) {
        throw new IllegalStateException(HadoopFiles.reason(problem), problem);
      }
    }
  }
}
