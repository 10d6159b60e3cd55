package coulis.spark;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/**
 * The images that a task's items name, in their order, read on threads of its own while others are being embedded. At
 * most 256 items wait, and 64 MB of what they hold and of what was read for them; the next one's image may always be
 * read, however large it is. To be made in a task, and closed at its end. Of its methods only close is for other threads.
 */
final class ReadAhead<T> implements AutoCloseable {
  private static final long MOST_BYTES = 64L << 20;
  private static final int MOST_ITEMS = 256;
  private static final long LOOK_MS = 100;

  private final Source<T> source;
  private final Loader<T> loader;
  private final TaskContext task = TaskContext.get();
  private final ExecutorService threads;
  private final Queue<Item> waiting = new ArrayDeque<>();
  private boolean ended;
  private long submitted;
  // Guarded by this: which item is the next one, and the bytes of those that wait.
  private long taken;
  private long waitingBytes;

  /** The items; null at the end. Asked on the thread that asks for images. */
  interface Source<T> {
    T next() throws IOException;
  }

  /** Reads the image of an item, on a thread of ReadAhead's. */
  interface Loader<T> {
    /** Bytes that the item itself keeps in memory while it waits. */
    long held(T item);

    /**
     * @param room to be asked, once, for as many bytes as the image has before they are read
     * @throws Unreadable when it is this image that gives no bytes
     * @throws IOException when it is the storage that fails
     */
    byte[] load(T item, Room room) throws IOException, Unreadable;
  }

  /** Waits until so many bytes may be read. */
  interface Room {
    void reserve(long bytes) throws IOException;
  }

  /** Why an image gives no bytes. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable(String message) {
      super(message, null, false, false);
    }
  }

  /** An item and its image's bytes, or why there are none. */
  static final class Content<T> {
    final T item;
    final byte[] bytes;
    /** Null where there are bytes. */
    final String error;

    Content(T item, byte[] bytes, String error) {
      this.item = item;
      this.bytes = bytes;
      this.error = error;
    }
  }

  private final class Item implements Room {
    final T item;
    final long number = submitted++;
    // Guarded by ReadAhead.this.
    long bytes;
    Future<Content<T>> content;

    Item(T item) {
      this.item = item;
    }

    Content<T> load() throws IOException {
      try {
        return new Content<>(item, loader.load(item, this), null);
      } catch (Unreadable error) {
        return new Content<>(item, null, error.getMessage());
      }
    }

    @Override
    public void reserve(long more) throws IOException {
      synchronized (ReadAhead.this) {
        // Threads take items in their order, so the next one is never behind others that wait here.
        while (number != taken && waitingBytes + more > MOST_BYTES) await();
        bytes += more;
        waitingBytes += more;
      }
    }

    private void await() throws IOException {
      try {
        ReadAhead.this.wait();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the task has ended");
      }
    }
  }

  /** @param threads that read */
  ReadAhead(Source<T> source, Loader<T> loader, int threads) {
    this.source = source;
    this.loader = loader;
    this.threads = Executors.newFixedThreadPool(threads, work -> {
      Thread thread = new Thread(work, "coulis-read");
      thread.setDaemon(true);
      return thread;
    });
  }

  boolean hasNext() throws IOException {
    fill();
    return !waiting.isEmpty();
  }

  /**
   * The next one; null at the end. Errors: IOException when it is the storage that fails, not this image;
   * TaskKilledException when the task was stopped.
   */
  Content<T> next() throws IOException {
    fill();
    Item item = waiting.poll();
    if (item == null) return null;
    try {
      return await(item.content);
    } catch (ExecutionException failed) {
      throw new IOException(HadoopFiles.reason(failed.getCause()), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while images were read");
    } finally {
      passed(item);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  // A task that is killed is not always interrupted, and a store may be silent for long.
  private Content<T> await(Future<Content<T>> content) throws ExecutionException, InterruptedException {
    while (true) {
      if (task.isInterrupted()) throw new TaskKilledException("stopped while images were read");
      try {
        return content.get(LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException slow) {
        if (threads.isShutdown()) throw new IllegalStateException("the task has ended", slow);
      }
    }
  }

  private synchronized void passed(Item item) {
    waitingBytes -= item.bytes;
    ++taken;
    notifyAll();
  }

  private void fill() throws IOException {
    if (threads.isShutdown()) throw new IllegalStateException("the task has ended");
    while (!ended && mayTakeMore()) {
      T next = source.next();
      ended = next == null;
      if (ended) return;
      Item item = new Item(next);
      synchronized (this) {
        item.bytes = loader.held(next);
        waitingBytes += item.bytes;
      }
      item.content = threads.submit(item::load);
      waiting.add(item);
    }
  }

  private synchronized boolean mayTakeMore() {
    return waiting.isEmpty() || waiting.size() < MOST_ITEMS && waitingBytes < MOST_BYTES;
  }
}
