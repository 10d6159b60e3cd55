package coulis.spark;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.Path;

/** Moves files, several at a time: in a bucket each is copied by the store. Thread-safe; `close` waits for them all. */
final class Movers implements AutoCloseable {
  private static final int AT_A_TIME = 16;

  private final ResultsFiles files;
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME, task -> {
    Thread thread = new Thread(task, "coulis-move");
    thread.setDaemon(true);
    return thread;
  });
  private final Queue<Future<?>> moves = new ArrayDeque<>();

  Movers(ResultsFiles files) {
    this.files = files;
  }

  synchronized void move(Path from, Path to) {
    moves.add(threads.submit(() -> {
      files.move(from, to);
      return null;
    }));
  }

  /** Errors: IOException of the first move that failed. */
  @Override
  public synchronized void close() throws IOException {
    threads.shutdown();
    try {
      for (Future<?> move = moves.poll(); move != null; move = moves.poll()) move.get();
    } catch (ExecutionException failed) {
      throw new IOException(HadoopFiles.reason(failed.getCause()), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while files were moved", interrupted);
    }
  }
}
