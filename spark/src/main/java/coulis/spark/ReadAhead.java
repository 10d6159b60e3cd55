package coulis.spark;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Paths;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * The contents of a task's images, in their order, read on threads of its own while others are being embedded. At most
 * 64 MB of them wait, or one image that is larger. Not thread-safe.
 */
final class ReadAhead implements AutoCloseable {
  private static final long MOST_BYTES = 64L << 20;
  private static final int MOST_FILES = 256;

  private final Source source;
  private final Configuration hadoop;
  private final long maxBytes;
  private final ExecutorService threads;
  private final Queue<Item> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private Listed next;

  /** The images to read; null at the end. */
  interface Source {
    Listed next() throws IOException;
  }

  /** An image and its content, or why there is none. */
  static final class Content {
    final Listed image;
    final byte[] bytes;
    /** Null where there are bytes. */
    final String error;

    private Content(Listed image, byte[] bytes, String error) {
      this.image = image;
      this.bytes = bytes;
      this.error = error;
    }
  }

  private static final class Item {
    final Listed image;
    final Future<Content> content;

    Item(Listed image, Future<Content> content) {
      this.image = image;
      this.content = content;
    }
  }

  /** @param maxBytes larger files are not read */
  ReadAhead(Source source, int threads, long maxBytes, Configuration hadoop) throws IOException {
    this.source = source;
    this.hadoop = hadoop;
    this.maxBytes = maxBytes;
    this.threads = Executors.newFixedThreadPool(threads, task -> {
      Thread thread = new Thread(task, "coulis-read");
      thread.setDaemon(true);
      return thread;
    });
    next = source.next();
  }

  /** The next one; null at the end. Errors: IOException when it is the storage that fails, not this image. */
  Content next() throws IOException {
    fill();
    Item item = waiting.poll();
    if (item == null) return null;
    waitingBytes -= item.image.bytes;
    try {
      return item.content.get();
    } catch (ExecutionException failed) {
      throw new IOException("cannot read " + HadoopFiles.text(new Path(item.image.file)) + ": "
          + HadoopFiles.reason(failed.getCause()), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while images were read", interrupted);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void fill() throws IOException {
    while (next != null && (waiting.isEmpty()
        || waiting.size() < MOST_FILES && waitingBytes + next.bytes <= MOST_BYTES)) {
      Listed image = next;
      waiting.add(new Item(image, threads.submit(() -> read(image))));
      waitingBytes += image.bytes;
      next = source.next();
    }
  }

  private Content read(Listed image) throws IOException {
    if (image.error != null) return new Content(image, null, image.error);
    if (image.bytes > maxBytes) {
      return new Content(image, null, "file has " + image.bytes + " bytes, more than the " + maxBytes + " allowed (--max-bytes)");
    }
    Path file = new Path(image.file);
    return HadoopFiles.isLocal(file) ? fromDisk(image, file) : fromStore(image, file);
  }

  private static Content fromDisk(Listed image, Path file) {
    java.nio.file.Path path = Paths.get(file.toUri().getPath());
    try {
      // A pipe would be waited for for ever.
      if (Files.exists(path) && !Files.isRegularFile(path)) return new Content(image, null, "not a regular file");
      return new Content(image, Files.readAllBytes(path), null);
    } catch (NoSuchFileException missing) {
      return new Content(image, null, "cannot be opened: No such file or directory");
    } catch (AccessDeniedException denied) {
      return new Content(image, null, "cannot be opened: Permission denied");
    } catch (IOException problem) {
      return new Content(image, null, "cannot be read: " + HadoopFiles.reason(problem));
    }
  }

  // What the listing said of the length saves the store a question.
  private Content fromStore(Listed image, Path file) throws IOException {
    byte[] bytes = new byte[(int) image.bytes];
    try (FSDataInputStream stream = HadoopFiles.of(file, hadoop).openFile(file)
        .opt("fs.option.openfile.length", String.valueOf(image.bytes))
        .opt("fs.option.openfile.read.policy", "whole-file").build().get()) {
      stream.readFully(0, bytes);
      return new Content(image, bytes, null);
    } catch (FileNotFoundException missing) {
      return new Content(image, null, "cannot be opened: No such file or directory");
    } catch (EOFException shorter) {
      return new Content(image, null, "cannot be read: it is shorter than when it was listed");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof FileNotFoundException) {
        return new Content(image, null, "cannot be opened: No such file or directory");
      }
      throw new IOException(HadoopFiles.reason(failed.getCause()), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }
}
