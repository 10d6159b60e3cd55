package coulis.spark;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * The bytes of an archive, unpacked from gzip where they are. What is packed may expand to 100 times its size, beyond the first
 * GB: images hardly compress at all, bombs by 1,000 and more. Not thread-safe.
 */
final class ArchiveStream extends FilterInputStream {
  static final long FREE_EXPANSION = 1L << 30;

  private static final int BLOCK = 1 << 20;
  private static final int HEAD = 1024;
  private static final int MOST_EXPANSION = 100;
  private static final int END_OF_ZIP = 65_557;  // its last record, with the longest comment

  private final Storage storage;
  private final boolean isGzip;
  private byte[] head = {};
  private long count;

  /** What comes from the storage: that it failed is told from an archive that is damaged. */
  private static final class Storage extends FilterInputStream {
    private final long size;
    private long count;
    private IOException failure;

    Storage(InputStream stream, long size) {
      super(stream);
      this.size = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        int got = in.read(into, offset, length);
        count += Math.max(0, got);
        return got;
      } catch (IOException failed) {
        failure = failed;
        throw failed;
      }
    }

    // Not beyond the end: there the archive would seem whole.
    @Override
    public long skip(long bytes) throws IOException {
      long skipped = in.skip(Math.max(0, Math.min(bytes, size - count)));
      count += skipped;
      return skipped;
    }
  }

  private ArchiveStream(InputStream in, Storage storage, boolean isGzip) {
    super(in);
    this.storage = storage;
    this.isGzip = isGzip;
  }

  /** @param size of the file */
  static ArchiveStream open(Path file, long size, Configuration hadoop) throws IOException {
    FSDataInputStream stream = HadoopFiles.of(file, hadoop).open(file);
    try {
      Storage storage = new Storage(stream, size);
      BufferedInputStream buffered = new BufferedInputStream(storage, BLOCK);
      byte[] first = peek(buffered);
      boolean isGzip = first.length > 2 && first[0] == 0x1f && first[1] == (byte) 0x8b && first[2] == 8;
      InputStream unpacked = isGzip
          ? new BufferedInputStream(new GzipCompressorInputStream(buffered, /*decompressConcatenated=*/ true), BLOCK) : buffered;
      ArchiveStream archive = new ArchiveStream(unpacked, storage, isGzip);
      archive.head = isGzip ? peek((BufferedInputStream) unpacked) : first;
      return archive;
    } catch (IOException | RuntimeException problem) {
      stream.close();
      throw problem;
    }
  }

  /** Whether the last record of a zip archive is there. */
  static boolean hasEndOfZip(Path file, long size, Configuration hadoop) throws IOException {
    byte[] end = new byte[(int) Math.min(size, END_OF_ZIP)];
    try (FSDataInputStream stream = HadoopFiles.of(file, hadoop).open(file)) {
      stream.readFully(size - end.length, end);
    }
    return new String(end, StandardCharsets.ISO_8859_1).contains("PK\5\6");
  }

  boolean isGzip() {
    return isGzip;
  }

  boolean isZip() {
    String text = headText();
    return text.startsWith("PK\3\4") || text.startsWith("PK\5\6");
  }

  /** By the sum of its first header (POSIX.1-2001, pax, "ustar"), or the zeros that end one that is empty. */
  boolean isTar() {
    if (head.length < 512) return false;
    byte[] header = Arrays.copyOf(head, 512);
    String written = new String(header, 148, 8, StandardCharsets.ISO_8859_1).replaceAll("^ *([0-7]*)(?s:.*)$", "$1");
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte next : header) sum += next & 0xff;
    boolean isEmpty = headText().chars().allMatch(c -> c == 0);
    return isEmpty || !written.isEmpty() && Integer.parseInt(written, 8) == sum;
  }

  /** Whether `coulis pack` wrote it: the paths of such a tar are keys already. */
  boolean isPacked() {
    return head.length > 512 && head[156] == 'g' && headText().indexOf(" comment=coulis pack 1\n", 512) >= 0;
  }

  /** Bytes given out so far. */
  long count() {
    return count;
  }

  /** Errors: IOException when it was the storage that failed, not the archive. */
  void requireStorage() throws IOException {
    if (storage.failure != null) throw storage.failure;
  }

  @Override
  public int read() throws IOException {
    int next = in.read();
    if (next >= 0) ++count;
    return next;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int got = in.read(into, offset, length);
    count += Math.max(0, got);
    if (isGzip && count > FREE_EXPANSION && count / MOST_EXPANSION > storage.count) {
      throw new IOException("it expands to more than " + MOST_EXPANSION + " times its size, as decompression bombs do");
    }
    return got;
  }

  @Override
  public long skip(long bytes) throws IOException {
    if (isGzip) return Math.max(0, read(new byte[(int) Math.min(bytes, 1 << 16)]));
    long skipped = in.skip(bytes);
    count += skipped;
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private String headText() {
    return new String(head, StandardCharsets.ISO_8859_1);
  }

  private static byte[] peek(BufferedInputStream stream) throws IOException {
    stream.mark(HEAD);
    byte[] bytes = new byte[HEAD];
    int filled = 0;
    for (int got = 0; got >= 0 && filled < HEAD; filled += Math.max(0, got)) got = stream.read(bytes, filled, HEAD - filled);
    stream.reset();
    return Arrays.copyOf(bytes, filled);
  }
}
