package coulis.spark;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Tells on standard error how far the job is: lines as `coulis run --progress plain` and json print them. */
final class JobProgress implements AutoCloseable {
  private static final long PLAIN_SECONDS = 5;
  private static final double RATE_WINDOW_SECONDS = 30;

  private final String style;
  private final PrintStream out;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
    Thread thread = new Thread(task, "coulis-progress");
    thread.setDaemon(true);
    return thread;
  });
  // {seconds, images done} of the last half minute: tasks come in bursts.
  private final Deque<double[]> history = new ArrayDeque<>();
  private String phase = "starting";
  private long done;
  private long bad;
  private long total = -1;

  /** @param style auto, plain, none or json */
  JobProgress(String style, boolean quiet, PrintStream out) {
    this.style = quiet ? "none" : style;
    this.out = out;
    history.add(new double[] {now(), 0});
    if (this.style.equals("none")) return;
    long every = this.style.equals("json") ? 1 : PLAIN_SECONDS;
    timer.scheduleAtFixedRate(this::show, every, every, TimeUnit.SECONDS);
  }

  synchronized void phase(String name) {
    phase = name;
  }

  /** How many images are to be done. */
  synchronized void total(long images) {
    total = images;
  }

  synchronized void add(long images, long badImages) {
    done += images;
    bad += badImages;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (style.equals("json")) show();
  }

  private synchronized void show() {
    history.add(new double[] {now(), done});
    while (history.size() > 2 && now() - history.peekFirst()[0] > RATE_WINDOW_SECONDS) history.removeFirst();
    double[] then = history.peekFirst();
    double rate = now() > then[0] ? (done - then[1]) / (now() - then[0]) : 0;
    out.println(style.equals("json") ? json(rate) : line(rate));
  }

  private String line(double rate) {
    if (!phase.equals("embedding")) return phase;
    StringBuilder text = new StringBuilder(phase).append("  ").append(Summary.grouped(done));
    if (total >= 0) text.append('/').append(Summary.grouped(total));
    if (total > 0) text.append("  ").append(100 * done / total).append('%');
    text.append("  ").append(Summary.grouped((long) rate)).append(" images/s");
    if (bad > 0) text.append("  ").append(Summary.grouped(bad)).append(" bad");
    if (total >= 0 && rate > 0) text.append("  ETA ").append(Summary.duration((total - done) / rate));
    return text.toString();
  }

  private String json(double rate) {
    return String.format(Locale.ROOT,
        "{\"phase\":\"%s\",\"done\":%d,\"bad\":%d,\"total\":%s,\"images_per_second\":%.1f,\"retries\":0}", phase, done,
        bad, total < 0 ? "null" : Long.toString(total), rate);
  }

  private static double now() {
    return System.nanoTime() / 1e9;
  }
}
