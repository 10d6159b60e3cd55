package coulis.spark;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext$;
import org.apache.spark.SparkException;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The job: `coulis run` on Spark.
 *
 * <pre>spark-submit --class coulis.spark.Main coulis-spark.jar INPUT... --out RESULTS [options]</pre>
 *
 * Exit codes as those of the command: 0 done, 1 failed, 2 bad usage, 3 done, but too many images were bad
 * (docs/spark.md).
 */
public final class Main {
  private static final int TOO_MANY_BAD = 3;

  private final PrintStream out = utf8(System.out);
  private final PrintStream err = utf8(System.err);

  private Main() {}

  /** Returns when all is well; else Spark gives the exit code on, whichever process the driver is in. */
  public static void main(String... arguments) throws SparkUserAppException {
    int code = new Main().run(arguments);
    if (code != 0) throw ended(code);
  }

  // From Spark 4.1 on the constructor takes a cause besides, which may be null.
  private static SparkUserAppException ended(int code) {
    Constructor<?> constructor = SparkUserAppException.class.getConstructors()[0];
    Object[] arguments = new Object[constructor.getParameterCount()];
    arguments[0] = code;
    try {
      return (SparkUserAppException) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private int run(String... arguments) {
    silenceLog();
    try {
      JobOptions options = JobOptions.parse(arguments);
      RunRecord record;
      String validated;
      try (JavaSparkContext context = start(options); JobProgress progress = new JobProgress(options.progress,
          options.quiet, err)) {
        Job job = new Job(context, options, progress);
        record = job.run();
        validated = job.validated();
      }
      return tell(options, record, validated);
    } catch (JobException problem) {
      return fail(problem.getMessage(), problem.exitCode());
    } catch (NativeException | IOException problem) {
      return fail(HadoopFiles.reason(problem), JobException.FAILED);
    } catch (Exception | LinkageError problem) {  // Spark's, and what a task threw; a native library that does not load.
      return fail(reason(problem), JobException.FAILED);
    }
  }

  private static JavaSparkContext start(JobOptions options) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.app.name", "coulis run");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    if (!options.s3Endpoint.isEmpty()) {
      conf.set("spark.hadoop.fs.s3a.endpoint", options.s3Endpoint);
      conf.setIfMissing("spark.hadoop.fs.s3a.path.style.access", "true");
    }
    if (!options.s3Region.isEmpty()) conf.set("spark.hadoop.fs.s3a.endpoint.region", options.s3Region);
    return new JavaSparkContext(conf);
  }

  // What goes wrong is said once, in a line: Spark's own log says it many times over. Who wants it chooses a level; on a
  // node of a cluster it is a file. The log is that of the class loader that has Spark, once Spark has set it up.
  private static void silenceLog() {
    SparkConf conf = new SparkConf();
    if (conf.contains("spark.log.level") || conf.get("spark.submit.deployMode", "client").equals("cluster")) return;
    SparkContext$.MODULE$.initializeLogIfNecessary(/*isInterpreter=*/ false);
    LoggerContext log = (LoggerContext) LogManager.getContext(SparkConf.class.getClassLoader(), /*currentContext=*/ false);
    log.getConfiguration().getLoggers().values().forEach(logger -> logger.setLevel(Level.OFF));
    log.getConfiguration().getRootLogger().setLevel(Level.OFF);
    log.updateLoggers();
  }

  private int tell(JobOptions options, RunRecord record, String validated) {
    if (!options.quiet) Summary.lines(record, options.out, validated).forEach(out::println);
    long images = record.count("images");
    long bad = record.count("bad");
    if (!record.hasPca() && options.reduces()) {
      err.println("coulis: warning: no PCA: it needs at least 2 usable images, there are " + (images - bad));
    }
    double share = images == 0 ? 0 : (double) bad / images;
    if (share <= options.maxBad) return 0;
    return fail(String.format(Locale.ROOT,
        "%.1f %% of the images could not be used, more than --max-bad allows (%.1f %%)", 100 * share,
        100 * options.maxBad), TOO_MANY_BAD);
  }

  private int fail(String message, int code) {
    err.println("coulis: error: " + Summary.oneLine(message));
    return code;
  }

  // Of a failed task Spark's message has the exception's, behind numbers of stages, before a stack trace.
  static String reason(Throwable problem) {
    Throwable cause = problem;
    while (!(cause instanceof SparkException) && cause.getCause() != null) cause = cause.getCause();
    String message = HadoopFiles.reason(cause);
    Matcher task = Pattern.compile("most recent failure: Lost task .*?\\): (.*)").matcher(message);
    if (task.find()) message = task.group(1);
    return message.replaceFirst("^(?:[\\w$]+\\.)+\\w*(?:Exception|Error): ", "");
  }

  private static PrintStream utf8(PrintStream stream) {
    try {
      return new PrintStream(stream, /*autoFlush=*/ true, StandardCharsets.UTF_8.name());
    } catch (java.io.UnsupportedEncodingException impossible) {
      return stream;
    }
  }
}
