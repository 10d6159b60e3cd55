package coulis.spark;

import java.io.IOException;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a second run out of a results folder: RESULTS/.lock in a bucket, else owner.json in the staging folder. Runs of
 * the command line write and respect the same; their lock of the kernel's, on a disk, Java cannot take: a command that
 * comes later takes RESULTS over, and the job notices before it publishes.
 */
final class ResultsLock implements AutoCloseable {
  private static final String OWNER = "owner.json";

  private final ResultsFiles files;
  private final Path results;
  private final Path file;
  private final LockOwner me = LockOwner.me();

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
          + (owner == null ? "unknown" : owner) + "): wait until it has ended, or choose another folder; --steal-lock "
          + "takes it from a run that is dead or hangs");
    }
    ResultsLock lock = new ResultsLock(files, results, file);
    if (isObject) {
      lock.sign();
      lock.check();  // Whoever wrote last of two that began at once has it.
    }
    return lock;
  }

  /** Says who is at work, once there is a staging folder. */
  void sign() throws IOException {
    files.write(file, me.toText());
  }

  /** Errors: JobException when another run has taken it: nothing may be published. */
  void check() throws IOException, JobException {
    String text = files.read(file);
    LockOwner owner = text == null ? null : LockOwner.parse(text);
    if (me.isSameAs(owner)) return;
    throw JobException.failed("another run has taken over " + HadoopFiles.text(results)
        + (owner == null ? "" : " (" + owner + ")") + ": this one ends and publishes nothing");
  }

  boolean isHeld() throws IOException {
    String text = files.read(file);
    return text != null && me.isSameAs(LockOwner.parse(text));
  }

  @Override
  public void close() throws IOException {
    if (isHeld()) files.remove(file);
  }
}
