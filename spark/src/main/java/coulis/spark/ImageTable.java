package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.api.Binary;

/**
 * The images of a Parquet file with a column of bytes: src/store/image_table.h. Holds the columns of images, paths and labels
 * of one row group, compressed as they are, and a page of each. A row group that is damaged, or larger than a quarter of Java's
 * memory, is left out; the error at the end names it. Not thread-safe.
 */
final class ImageTable implements Container {
  private static final int SHARE_OF_MEMORY = 4;

  private final Listed file;
  private final Options options;
  private final Configuration hadoop;
  private final MemberPaths paths = new MemberPaths();
  private final List<Integer> damagedGroups = new ArrayList<>();
  private ParquetFileReader reader;
  private ImageColumns columns;
  private String damage;
  private String failure;
  private ImageRows rows;
  private int group;
  private long number;
  private long passedOver;
  private boolean ended;

  ImageTable(Listed file, Options options, Configuration hadoop) throws IOException {
    this.file = file;
    this.options = options;
    this.hadoop = hadoop;
    try {
      open();
    } catch (FileNotFoundException missing) {
      failure = "cannot be opened: No such file or directory";
    }
  }

  @Override
  public Member next() throws IOException {
    while (failure == null && !ended) {
      if (rows != null && rows.hasNext()) {
        Member member = take();
        if (member != null) return member;
      } else if (!nextGroup()) {
        ended = true;
        if (!damagedGroups.isEmpty()) failure = damagedText();
      }
    }
    String error = failure;
    failure = null;
    ended = true;
    if (error == null || options.finished.has(file.path)) return null;
    return new Member(file.path, stem(), null, error);
  }

  @Override
  public long passedOver() {
    return passedOver;
  }

  @Override
  public void close() throws IOException {
    if (reader != null) reader.close();
  }

  private void open() throws IOException {
    try {
      reader = ParquetFileReader.open(HadoopFiles.input(new Path(file.file), hadoop), HadoopReadOptions.builder(hadoop)
          .withCodecFactory(new BoundedCodecs(mostBytes(), hadoop)).build());
      columns = new ImageColumns(reader.getFileMetaData().getSchema(), reader.getFileMetaData().getKeyValueMetaData(),
          options.imageColumn);
      reader.setRequestedSchema(columns.requested);
    } catch (FileNotFoundException missing) {
      throw missing;
    } catch (ImageColumns.NoImages none) {
      if (options.isNamed) failure = "Parquet without a column of bytes: no images";
      else ++passedOver;
      ended = true;
    } catch (ImageColumns.BadColumn bad) {
      failure = bad.getMessage();
    } catch (IOException | RuntimeException damaged) {  // What Parquet throws when it does not understand.
      requireStorage(0, file.bytes);
      failure = "Parquet that is damaged or cut off: " + HadoopFiles.reason(damaged);
    }
  }

  // False at the end of the file.
  private boolean nextGroup() throws IOException {
    List<BlockMetaData> groups = reader.getRowGroups();
    rows = null;
    if (group == groups.size()) return false;
    BlockMetaData next = groups.get(group);
    number = groups.subList(0, group).stream().mapToLong(BlockMetaData::getRowCount).sum();
    List<ColumnChunkMetaData> chunks = next.getColumns().stream()
        .filter(chunk -> columns.requested.containsPath(chunk.getPath().toArray())).collect(Collectors.toList());
    long bytes = chunks.stream().mapToLong(chunk -> Math.max(chunk.getTotalSize(), chunk.getTotalUncompressedSize())).sum();
    ++group;
    if (bytes > mostBytes()) {
      leaveOut("a row group of " + (bytes >> 20) + " MB is more than a quarter of Java's memory: give it more, or run locally");
    } else {
      open(chunks);
    }
    return true;
  }

  private void open(List<ColumnChunkMetaData> chunks) throws IOException {
    try {
      rows = new ImageRows(read(chunks), columns, reader.getFileMetaData().getCreatedBy());
    } catch (Damaged | RuntimeException damaged) {
      leaveOut(HadoopFiles.reason(damaged));
    }
  }

  private static long mostBytes() {
    return Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY;
  }

  // Once more when it cannot be: it may have been the storage, which then fails again, or not.
  private PageReadStore read(List<ColumnChunkMetaData> chunks) throws IOException, Damaged {
    try {
      return reader.readRowGroup(group - 1);
    } catch (IOException | RuntimeException first) {
      for (ColumnChunkMetaData chunk : chunks) requireStorage(chunk.getStartingPos(), chunk.getTotalSize());
    }
    try {
      return reader.readRowGroup(group - 1);
    } catch (IOException damaged) {
      throw new Damaged(damaged);
    }
  }

  private static final class Damaged extends Exception {
    private static final long serialVersionUID = 1;

    Damaged(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private Member take() {
    try {
      return member(rows.next());
    } catch (RuntimeException damaged) {
      leaveOut(HadoopFiles.reason(damaged));
      return null;
    }
  }

  // Null when it is not wanted.
  private Member member(ImageRows.Row row) {
    String name = row.path != null ? row.path : nameOf(row.imageName);
    ++number;
    if (!options.patterns.takesRow(name)) {
      ++passedOver;
      return null;
    }
    String key = row.path != null ? name : options.prefix + name;
    String unique = paths.unique(key);
    if (options.finished.has(unique)) return null;
    String label = columns.labelOf(row.label);
    if (label == null) label = MemberPaths.folderName(row.path == null ? "" : row.path, stem());
    String error = problem(row.image, !unique.equals(key));
    return new Member(unique, label, error == null ? row.image.getBytes() : null, error);
  }

  // Of a row without a path of its own: its number, and the name of the image, of which there may be several.
  private String nameOf(String imageName) {
    if (imageName == null || imageName.isEmpty()) return String.valueOf(number);
    return number + "/" + imageName.substring(imageName.lastIndexOf('/') + 1);
  }

  private String problem(Binary image, boolean again) {
    if (again) return "a row of this path came before: paths have to be unique";
    if (image == null) return "the row holds no bytes: the image is null, or only a path";
    if (image.length() <= options.maxBytes) return null;
    return "image has " + image.length() + " bytes, more than the " + options.maxBytes + " allowed (--max-bytes)";
  }

  private void leaveOut(String why) {
    if (!damagedGroups.contains(group - 1)) damagedGroups.add(group - 1);
    damage = why;
    rows = null;
  }

  private String damagedText() {
    String all = damagedGroups.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return "row groups " + all + " (from 0) of " + reader.getRowGroups().size() + " cannot be read, or not to their ends: " + damage;
  }

  // Errors: IOException when these bytes cannot be had.
  private void requireStorage(long begin, long size) throws IOException {
    Path path = new Path(file.file);
    byte[] block = new byte[1 << 20];
    try (FSDataInputStream stream = HadoopFiles.of(path, hadoop).open(path)) {
      long end = Math.min(begin + size, file.bytes);
      for (long at = Math.max(0, begin); at < end; at += block.length) {
        stream.readFully(at, block, 0, (int) Math.min(block.length, end - at));
      }
    }
  }

  // Its name without extension.
  private String stem() {
    return MemberPaths.stem(file.path.substring(0, file.path.length() - 1));
  }
}
