package coulis.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipMethod;

/** The entries of a tar or zip archive from its front to its end: src/store/archive_entries.h. Not thread-safe. */
final class ArchiveEntries {
  private static final int TAR_BLOCK = 512;
  private static final String UTF8 = "UTF-8";

  private final ArchiveStream source;
  private final ArchiveInputStream archive;
  private String damage;
  private long end;  // of the last entry of a tar

  /** What an archive says of an entry. */
  static final class Entry {
    final String name;
    final boolean isFolder;
    /** Why it cannot be read, whatever its name; else null. */
    final String unreadable;
    /** -1: not known before it was read. */
    final long size;

    Entry(String name, boolean isFolder, String unreadable, long size) {
      this.name = name;
      this.isFolder = isFolder;
      this.unreadable = unreadable;
      this.size = size;
    }
  }

  /** A member gives no image, and why. */
  static final class BadMember extends Exception {
    private static final long serialVersionUID = 1;

    BadMember(String message) {
      super(message, null, false, false);
    }
  }

  ArchiveEntries(ArchiveStream source) {
    this.source = source;
    archive = source.isZip()
        ? new ZipArchiveInputStream(source, UTF8, /*useUnicodeExtraFields=*/ true, /*allowStoredEntriesWithDataDescriptor=*/ false)
        : new TarArchiveInputStream(source, UTF8);
  }

  /** Null while all is well, and at an end that is one. */
  String damage() {
    return damage;
  }

  /** The next entry; null at the end, or when the archive is damaged. Errors: IOException when the storage fails. */
  Entry next() throws IOException {
    if (damage != null) return null;
    try {
      ArchiveEntry entry = archive.getNextEntry();
      if (entry != null) return describe(entry);
      if (!source.isZip() && source.count() <= end) damage = "the blocks that mark the end of a tar archive are missing";
    } catch (IOException | RuntimeException broken) {
      fail(broken);
    }
    return null;
  }

  /** The content of the entry that came last. Errors: BadMember; IOException when the storage fails. */
  byte[] read(Entry entry, long maxBytes) throws BadMember, IOException {
    if (entry.size > maxBytes) throw tooLarge(Long.toString(entry.size), maxBytes);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] piece = new byte[1 << 16];
    try {
      for (int got = archive.read(piece); got >= 0; got = archive.read(piece)) {
        content.write(piece, 0, got);
        if (content.size() <= maxBytes) continue;
        passOverRest(piece);
        throw tooLarge("at least " + content.size(), maxBytes);
      }
    } catch (IOException | RuntimeException broken) {
      fail(broken);
      throw new BadMember("member is damaged: " + damage);
    }
    return content.toByteArray();
  }

  // It would be unpacked however much it is.
  private void passOverRest(byte[] piece) throws IOException {
    long passed = 0;
    for (int got = archive.read(piece); got >= 0; got = archive.read(piece)) {
      passed += got;
      if (passed > ArchiveStream.FREE_EXPANSION) {
        throw new IOException("a member expands without end, as decompression bombs do");
      }
    }
  }

  private void fail(Exception broken) throws IOException {
    source.requireStorage();
    damage = HadoopFiles.reason(broken);
  }

  private static BadMember tooLarge(String size, long maxBytes) {
    return new BadMember("member has " + size + " bytes, more than the " + maxBytes + " allowed (--max-bytes)");
  }

  private Entry describe(ArchiveEntry entry) {
    if (entry instanceof ZipArchiveEntry) return describe((ZipArchiveEntry) entry);
    TarArchiveEntry member = (TarArchiveEntry) entry;
    end = source.count() + (member.getSize() + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    String unreadable = null;
    if (member.isLink() || member.isSymbolicLink()) {
      unreadable = "is a link to another file, which is not followed inside of a container";
    } else if (member.isBlockDevice() || member.isCharacterDevice() || member.isFIFO() || !archive.canReadEntryData(member)) {
      unreadable = "not a regular file";
    }
    return new Entry(member.getName(), member.isDirectory(), unreadable, member.getSize());
  }

  private Entry describe(ZipArchiveEntry member) {
    String unreadable = null;
    ZipMethod method = ZipMethod.getMethodByCode(member.getMethod());
    if (member.getGeneralPurposeBit().usesEncryption()) {
      unreadable = "is encrypted";
    } else if (method != ZipMethod.STORED && method != ZipMethod.DEFLATED || !archive.canReadEntryData(member)) {
      unreadable = "is compressed by a method (" + member.getMethod() + ") that is not read: pack it with deflate";
    }
    return new Entry(member.getName(), member.isDirectory(), unreadable, member.getSize());
  }
}
