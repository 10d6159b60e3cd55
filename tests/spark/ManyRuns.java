import coulis.spark.Main;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.spark.SparkUserAppException;

/**
 * The job again and again in one process, for tests that are not about how a process begins and ends. A line of standard
 * input has the arguments of a run, in base64 and separated by spaces; a line of standard output then its exit code and,
 * in base64, what it printed on standard output and standard error.
 */
public final class ManyRuns {
  private ManyRuns() {}

  public static void main(String... unused) throws IOException {
    PrintStream answers = System.out;
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] arguments = line.split(" ");
      for (int i = 0; i < arguments.length; ++i) {
        arguments[i] = new String(Base64.getDecoder().decode(arguments[i]), StandardCharsets.UTF_8);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      System.setOut(new PrintStream(out, /*autoFlush=*/ true, "UTF-8"));
      System.setErr(new PrintStream(err, /*autoFlush=*/ true, "UTF-8"));
      int code = run(arguments);
      answers.println(code + "," + text(out) + "," + text(err));
    }
  }

  private static int run(String... arguments) {
    try {
      Main.main(arguments);
      return 0;
    } catch (SparkUserAppException end) {
      return end.exitCode();
    }
  }

  private static String text(ByteArrayOutputStream bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
