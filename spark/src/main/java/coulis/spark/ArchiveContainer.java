package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The images of a tar, tar.gz or zip, one after another, from the front to the end: src/store/archive_reader.h. Holds one sample,
 * and a hash of each path; nothing is unpacked to a disk. Not thread-safe.
 */
final class ArchiveContainer implements Container {
  private static final long MOST_LABEL_BYTES = 1 << 16;
  /** Images of one sample that wait for its label. */
  private static final long MOST_SAMPLE_BYTES = 32L << 20;

  private final Listed container;
  private final Options options;
  private final Configuration hadoop;
  private final MemberPaths paths = new MemberPaths();
  private final Queue<Member> ready = new ArrayDeque<>();
  private Sample sample = new Sample(null);
  private ArchiveStream source;
  private ArchiveEntries entries;
  private boolean isPacked;
  private String cutOff = "";
  private long images;
  private long passedOver;
  private boolean ended;

  ArchiveContainer(Listed container, Options options, Configuration hadoop) throws IOException {
    this.container = container;
    this.options = options;
    this.hadoop = hadoop;
    open();
  }

  @Override
  public Member next() throws IOException {
    while (ready.isEmpty() && !ended) advance();
    return ready.poll();
  }

  @Override
  public long passedOver() {
    return passedOver;
  }

  @Override
  public void close() throws IOException {
    if (source != null) source.close();
  }

  private void open() throws IOException {
    try {
      source = ArchiveStream.open(new Path(container.file), container.bytes, hadoop);
      if (source.isTar() || source.isZip() && !source.isGzip()) {
        isPacked = source.isPacked();
        entries = new ArchiveEntries(source);
      } else {
        endBadly(source.isGzip() ? "gzip that holds no tar archive, which is all that can be read of gzip"
            : "neither an image nor a container that can be read (tar, tar.gz, zip, Parquet)");
      }
    } catch (FileNotFoundException missing) {
      endBadly("cannot be opened: No such file or directory");
    }
  }

  private void advance() throws IOException {
    ArchiveEntries.Entry entry = entries.next();
    if (entry == null) {
      end();
      return;
    }
    if (entry.isFolder) return;
    String path = isPacked ? entry.name : MemberPaths.tidy(entry.name);
    if (!sample.has(path) || sample.bytes() > MOST_SAMPLE_BYTES) {
      sample.giveOut(ready);
      sample = new Sample(path);
    }
    if (Sample.isLabel(path) && entry.unreadable == null) {
      readLabel(path, entry);
    } else if (isImage(path)) {
      take(path, entry);
    } else {
      ++passedOver;
    }
    if (entries.damage() != null) end();
  }

  private boolean isImage(String path) {
    if (isPacked) return options.patterns.takesRow(path);
    return !MemberPaths.isHidden(path) && (options.patterns.takesMember(path) || NamePatterns.isArchive(path));
  }

  private void readLabel(String path, ArchiveEntries.Entry entry) throws IOException {
    ++passedOver;
    try {
      sample.addLabel(path, entries.read(entry, MOST_LABEL_BYTES));
    } catch (ArchiveEntries.BadMember tooLarge) {
      return;
    }
  }

  private void take(String path, ArchiveEntries.Entry entry) throws IOException {
    // What `coulis pack` wrote are keys already, as text.
    String key = PathText.of(path);
    if (!isPacked) key = options.prefix + key;
    String unique = paths.unique(key);
    ++images;
    if (options.finished.has(unique)) return;
    String label = PathText.of(MemberPaths.folderName(path, MemberPaths.stem(own())));
    try {
      sample.addImage(path, new Member(unique, label, read(path, entry, !unique.equals(key)), null));
    } catch (ArchiveEntries.BadMember bad) {
      if (entries.damage() == null) {
        sample.addImage(path, new Member(unique, label, null, bad.getMessage()));
      } else {  // Once the archive is whole it can be a row of its own.
        cutOff = path;
        --images;
      }
    }
  }

  private byte[] read(String path, ArchiveEntries.Entry entry, boolean again) throws IOException, ArchiveEntries.BadMember {
    if (again) {
      throw new ArchiveEntries.BadMember("a member of this path came before: the container holds it more than once");
    }
    if (!isPacked && MemberPaths.leadsOut(entry.name)) {
      throw new ArchiveEntries.BadMember("the member's path leads out of the container");
    }
    if (entry.unreadable != null) throw new ArchiveEntries.BadMember("member " + entry.unreadable);
    if (NamePatterns.isArchive(path)) {
      throw new ArchiveEntries.BadMember("an archive inside of a container is not opened: unpack the outer one");
    }
    return entries.read(entry, options.maxBytes);
  }

  private void end() throws IOException {
    sample.giveOut(ready);
    String damage = entries.damage();
    if (damage == null && source.isZip() && !ArchiveStream.hasEndOfZip(new Path(container.file), container.bytes, hadoop)) {
      damage = "the directory at its end is missing";
    }
    ended = true;
    if (damage == null) return;
    endBadly("container is damaged or cut off after " + images + " images"
        + (cutOff.isEmpty() ? "" : ", in the midst of " + PathText.of(cutOff)) + ": " + damage);
  }

  private void endBadly(String error) {
    ended = true;
    if (!options.finished.has(container.path)) ready.add(new Member(container.path, MemberPaths.stem(own()), null, error));
  }

  // Its path without the slash.
  private String own() {
    return container.path.substring(0, container.path.length() - 1);
  }
}
