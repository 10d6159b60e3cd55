package coulis.spark;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Paths;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** Reads images that were listed. What storage says of one of them is a bad image; storage that fails fails the task. */
final class ListedImages implements ReadAhead.Loader<Listed> {
  private final long maxBytes;
  private final Configuration hadoop;

  /** @param maxBytes larger files are not read */
  ListedImages(long maxBytes, Configuration hadoop) {
    this.maxBytes = maxBytes;
    this.hadoop = hadoop;
  }

  @Override
  public long held(Listed image) {
    return 0;  // A path is little beside its image.
  }

  @Override
  public byte[] load(Listed image, ReadAhead.Room room) throws IOException, ReadAhead.Unreadable {
    if (image.error != null) throw new ReadAhead.Unreadable(image.error);
    if (image.bytes > maxBytes) {
      throw new ReadAhead.Unreadable(
          "file has " + image.bytes + " bytes, more than the " + maxBytes + " allowed (--max-bytes)");
    }
    room.reserve(image.bytes);
    Path file = new Path(image.file);
    if (HadoopFiles.isLocal(file)) return fromDisk(file);
    try {
      return fromStore(image, file);
    } catch (IOException failed) {
      throw new IOException("cannot read " + HadoopFiles.text(file) + ": " + HadoopFiles.reason(failed), failed);
    }
  }

  private static byte[] fromDisk(Path file) throws ReadAhead.Unreadable {
    java.nio.file.Path path = Paths.get(file.toUri().getPath());
    try {
      // A pipe would be waited for for ever.
      if (Files.exists(path) && !Files.isRegularFile(path)) throw new ReadAhead.Unreadable("not a regular file");
      return Files.readAllBytes(path);
    } catch (NoSuchFileException missing) {
      throw new ReadAhead.Unreadable("cannot be opened: No such file or directory");
    } catch (AccessDeniedException denied) {
      throw new ReadAhead.Unreadable("cannot be opened: Permission denied");
    } catch (IOException problem) {
      throw new ReadAhead.Unreadable("cannot be read: " + HadoopFiles.reason(problem));
    }
  }

  // What the listing said of the length saves the store a question.
  private byte[] fromStore(Listed image, Path file) throws IOException, ReadAhead.Unreadable {
    byte[] bytes = new byte[(int) image.bytes];
    try (FSDataInputStream stream = HadoopFiles.of(file, hadoop).openFile(file)
        .opt("fs.option.openfile.length", String.valueOf(image.bytes))
        .opt("fs.option.openfile.read.policy", "whole-file").build().get()) {
      stream.readFully(0, bytes);
      return bytes;
    } catch (FileNotFoundException missing) {
      throw new ReadAhead.Unreadable("cannot be opened: No such file or directory");
    } catch (EOFException shorter) {
      throw new ReadAhead.Unreadable("cannot be read: it is shorter than when it was listed");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof FileNotFoundException) {
        throw new ReadAhead.Unreadable("cannot be opened: No such file or directory");
      }
      throw new IOException(HadoopFiles.reason(failed.getCause()), failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }
}
