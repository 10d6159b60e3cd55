package coulis.spark;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a second run out of a results folder: RESULTS/.lock in a bucket, else owner.json in the staging folder. Runs of
 * the command line write and respect the same; their lock of the kernel's, on a disk, Java cannot take: a command that
 * comes later takes RESULTS over, and the job notices before it publishes. In a bucket the lock is written anew every 15 s,
 * so that others see that its owner lives. Thread-safe.
 */
final class ResultsLock implements AutoCloseable {
  private static final String OWNER = "owner.json";
  private static final long REFRESH_SECONDS = 15;
  /** A check that comes sooner after the last one believes it. */
  private static final long BELIEVED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ResultsFiles files;
  private final Path results;
  private final Path file;
  private final LockOwner me = LockOwner.me();
  private final ScheduledExecutorService refresher = Executors.newSingleThreadScheduledExecutor(task -> {
    Thread thread = new Thread(task, "coulis-lock");
    thread.setDaemon(true);
    return thread;
  });
  private long checkedNanos = System.nanoTime() - BELIEVED_NANOS;

  private ResultsLock(ResultsFiles files, Path results, Path file) {
    this.files = files;
    this.results = results;
    this.file = file;
  }

  /** Errors: JobException when another run is at work, which `steal` takes it from. */
  static ResultsLock take(ResultsFiles files, Path results, Path staging, boolean steal) throws IOException, JobException {
    boolean isObject = HadoopFiles.isObjectStore(results);
    Path file = isObject ? new Path(results, ".lock") : new Path(staging, OWNER);
    Path other = isObject ? file : new Path(results, ".reducing/" + OWNER);
    for (Path held : new Path[] {file, other}) {
      String text = files.read(held);
      LockOwner owner = text == null ? null : LockOwner.parse(text);
      if (text == null || steal || owner != null && owner.isDead()) continue;
      throw JobException.failed("another run is at work in " + HadoopFiles.text(results) + " ("
          + (owner == null ? "unknown" : owner) + (isObject ? lastSeen(files, held) : "") + "): wait until it has ended, or choose another folder; --steal-lock "
          + "takes it from a run that is dead or hangs");
    }
    ResultsLock lock = new ResultsLock(files, results, file);
    if (isObject) {
      lock.sign();
      lock.check();  // Whoever wrote last of two that began at once has it.
      lock.refresher.scheduleWithFixedDelay(lock::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
    }
    return lock;
  }

  /** Says who is at work, once there is a staging folder. */
  synchronized void sign() throws IOException {
    files.write(file, me.toText());
  }

  /** Errors: JobException when another run has taken it: nothing may be published. */
  synchronized void check() throws IOException, JobException {
    String text = files.read(file);
    LockOwner owner = text == null ? null : LockOwner.parse(text);
    if (me.isSameAs(owner)) {
      checkedNanos = System.nanoTime();
      return;
    }
    throw JobException.failed("another run has taken over " + HadoopFiles.text(results)
        + (owner == null ? "" : " (" + owner + ")") + ": this one ends and publishes nothing");
  }

  /** The same, for those who ask often. */
  synchronized void checkNowAndThen() throws IOException, JobException {
    if (System.nanoTime() - checkedNanos > BELIEVED_NANOS) check();
  }

  synchronized boolean isHeld() throws IOException {
    String text = files.read(file);
    return text != null && me.isSameAs(LockOwner.parse(text));
  }

  @Override
  public void close() throws IOException {
    refresher.shutdownNow();
    synchronized (this) {  // Not while it is being written anew.
      if (isHeld()) files.remove(file);
    }
  }

  // What cannot be done now is tried again; a lock that is another's stays so, and whoever checks it finds out.
  private synchronized void refresh() {
    try {
      if (!refresher.isShutdown() && isHeld()) sign();
    } catch (IOException later) {
      return;
    }
  }

  private static String lastSeen(ResultsFiles files, Path lock) throws IOException {
    for (FileStatus status : files.list(lock)) {
      long seconds = Math.max(0, (System.currentTimeMillis() - status.getModificationTime()) / 1000);
      String age = seconds < 120 ? seconds + " s" : seconds < 7200 ? seconds / 60 + " min"
          : seconds < 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
      return ", last seen " + age + " ago";
    }
    return "";
  }
}
