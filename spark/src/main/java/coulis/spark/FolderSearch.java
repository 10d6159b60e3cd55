package coulis.spark;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.security.AccessControlException;

/** What lies right in a folder: images, folders, and what is passed over. The rules of src/store/listing.h. */
final class FolderSearch implements Serializable {
  private static final long serialVersionUID = 1;

  private final NamePatterns patterns;
  private final boolean labelled;
  private final boolean wholePaths;

  /** @param wholePaths keys are whole paths: with several inputs that below one of them would not say which */
  FolderSearch(NamePatterns patterns, boolean labelled, boolean wholePaths) {
    this.patterns = patterns;
    this.labelled = labelled;
    this.wholePaths = wholePaths;
  }

  /** A folder to search. */
  static final class Folder implements Serializable {
    private static final long serialVersionUID = 1;

    /** Hadoop's text of it. */
    final String path;
    /** Its path below its input, empty or ending with a slash. */
    final String below;

    Folder(String path, String below) {
      this.path = path;
      this.below = below;
    }
  }

  /** What a search found beside images. */
  static final class Found implements Serializable {
    private static final long serialVersionUID = 1;

    final List<Folder> folders = new ArrayList<>();
    long images;
    long bytes;
    /** Of the images those that are containers of any number of them. */
    long containers;
    /** Hidden files and folders, and files whose names do not match. */
    long passedOver;
  }

  /** Gives `take` each image of `folder`, and `found` the rest. Errors: IOException when the storage fails. */
  void search(Folder folder, Configuration hadoop, Found found, Consumer<Listed> take) throws IOException {
    Path path = new Path(folder.path);
    try {
      if (HadoopFiles.isLocal(path)) {
        searchDisk(folder, new File(path.toUri().getPath()), found, take);
        return;
      }
      FileSystem files = HadoopFiles.of(path, hadoop);
      RemoteIterator<FileStatus> entries = files.listStatusIterator(path);
      while (entries.hasNext()) {
        FileStatus entry = entries.next();
        visit(folder, entry.getPath().getName(), entry.isDirectory(), entry.getLen(), found, take);
      }
    } catch (AccessControlException | FileNotFoundException closed) {
      take(unsearchable(folder, HadoopFiles.reason(closed)), found, take);
    }
  }

  /** An INPUT that is a file itself: its name need not match. */
  Listed single(Input input) {
    Path file = new Path(input.path);
    String name = file.getName();
    return listed(new Folder(file.getParent().toString(), ""), name, input.bytes);
  }

  // Links are followed, but for one that leads back into a folder above itself.
  private void searchDisk(Folder folder, File directory, Found found, Consumer<Listed> take) throws IOException {
    File[] entries = directory.listFiles();
    if (entries == null) {
      take(unsearchable(folder, "Permission denied"), found, take);
      return;
    }
    Arrays.sort(entries);
    for (File entry : entries) {
      boolean isFolder = entry.isDirectory();
      if (isFolder && leadsBack(entry)) continue;
      visit(folder, entry.getName(), isFolder, entry.length(), found, take);
    }
  }

  private static boolean leadsBack(File link) throws IOException {
    if (!Files.isSymbolicLink(link.toPath())) return false;
    java.nio.file.Path target = link.toPath().toRealPath();
    for (File above = link.getParentFile(); above != null; above = above.getParentFile()) {
      if (above.toPath().toRealPath().equals(target)) return true;
    }
    return false;
  }

  private void visit(Folder folder, String name, boolean isFolder, long bytes, Found found, Consumer<Listed> take) {
    if (name.startsWith(".")) {
      ++found.passedOver;
    } else if (isFolder) {
      found.folders.add(new Folder(new Path(folder.path, new Path(null, null, name)).toString(),
          folder.below + name + "/"));
    } else if (patterns.takes(name, folder.below + name)) {
      take(listed(folder, name, bytes), found, take);
    } else {
      ++found.passedOver;
    }
  }

  private static void take(Listed image, Found found, Consumer<Listed> take) {
    ++found.images;
    if (image.isContainer()) ++found.containers;
    found.bytes += image.bytes;
    take.accept(image);
  }

  private Listed listed(Folder folder, String name, long bytes) {
    Path file = new Path(folder.path, new Path(null, null, name));
    String key = PathText.of(wholePaths ? HadoopFiles.text(file) : folder.below + name);
    if (!NamePatterns.isContainer(name)) return new Listed(key, labelOf(file), file.toString(), bytes, null);
    return container(key, /*label=*/ null, file, bytes);
  }

  /** @param label of all its members; null: they have their own */
  static Listed container(String key, String label, Path file, long bytes) {
    return new Listed(key + "/", label, file.toString(), bytes, null);
  }

  private Listed unsearchable(Folder folder, String reason) {
    Path path = new Path(folder.path);
    String key = wholePaths ? HadoopFiles.text(path) + "/" : folder.below.isEmpty() ? "." : folder.below;
    return new Listed(PathText.of(key), labelOf(path), folder.path, 0, "folder cannot be searched: " + reason);
  }

  // The name of the folder that holds it; right in a bucket that of the bucket.
  private String labelOf(Path file) {
    if (!labelled) return null;
    Path parent = file.getParent();
    String name = parent == null ? "" : parent.getName();
    String bucket = file.toUri().getAuthority();
    return name.isEmpty() && bucket != null ? bucket : PathText.of(name);
  }
}
