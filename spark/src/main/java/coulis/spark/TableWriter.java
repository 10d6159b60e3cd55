package coulis.spark;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/**
 * Writes a table of docs/formats.md, as src/store does: zstd, pages with checksums, Arrow's schema beside Parquet's. Not
 * thread-safe. A file that was not closed by `finish` is no Parquet file.
 */
final class TableWriter implements AutoCloseable {
  /** A row group ends when it has so many rows or bytes. */
  private static final int GROUP_ROWS = 2048;
  private static final long GROUP_BYTES = 16L << 20;
  private static final int PAGE_BYTES = 1 << 20;
  // Features hardly compress: the lowest level gains what there is to gain, at little cost.
  private static final int ZSTD_LEVEL = 1;
  private static final String ZSTD_LEVEL_KEY = "parquet.compression.codec.zstd.level";
  private static final int TRUNCATED = 64;  // bytes of a text in statistics

  private final Schema schema;
  private final boolean oneGroup;
  private final MessageType columns;
  private final ParquetProperties properties;
  private final CodecFactory codecs;
  private final FSDataOutputStream stream;
  private final ParquetFileWriter file;
  private ColumnChunkPageWriteStore pages;
  private ColumnWriteStore values;
  private ColumnWriter[] writers;
  private int groupRows;
  private long rows;

  private TableWriter(Path path, Schema schema, boolean oneGroup, Configuration hadoop) throws IOException {
    this.schema = schema;
    this.oneGroup = oneGroup;
    columns = TableSchema.toParquet(schema);
    ParquetProperties.Builder builder = ParquetProperties.builder().withPageSize(PAGE_BYTES)
        .withPageWriteChecksumEnabled(true).withAllocator(new HeapByteBufferAllocator());
    for (ColumnDescriptor column : columns.getColumns()) {
      // Numbers seldom come twice.
      if (column.getMaxRepetitionLevel() > 0) builder.withDictionaryEncoding(String.join(".", column.getPath()), false);
    }
    properties = builder.build();
    Configuration level = new Configuration(hadoop);
    level.setInt(ZSTD_LEVEL_KEY, ZSTD_LEVEL);
    codecs = new CodecFactory(level, PAGE_BYTES);
    stream = HadoopFiles.of(path, hadoop).create(path, /*overwrite=*/ true);
    file = new ParquetFileWriter(HadoopFiles.output(stream), columns, ParquetFileWriter.Mode.OVERWRITE, GROUP_BYTES,
        /*maxPaddingSize=*/ 0, TRUNCATED, TRUNCATED, /*pageWriteChecksumEnabled=*/ true);
    file.start();
  }

  /** A table of any number of rows. */
  static TableWriter create(Path path, Schema schema, Configuration hadoop) throws IOException {
    return new TableWriter(path, schema, /*oneGroup=*/ false, hadoop);
  }

  /** A small table, which is one row group. */
  static TableWriter createSmall(Path path, Schema schema, Configuration hadoop) throws IOException {
    return new TableWriter(path, schema, /*oneGroup=*/ true, hadoop);
  }

  /** @param row a value for each column: String, Integer, Long, Double, float[], double[]; null where the field may be */
  void append(Object... row) throws IOException {
    if (values == null) beginGroup();
    List<Field> fields = schema.getFields();
    for (int i = 0; i < row.length; ++i) {
      if (row[i] == null && !fields.get(i).isNullable()) {
        throw new IllegalArgumentException("column " + fields.get(i).getName() + " has no nulls");
      }
      write(writers[i], columns.getColumns().get(i), row[i]);
    }
    values.endRecord();
    ++groupRows;
    if (!oneGroup && (groupRows >= GROUP_ROWS || values.getBufferedSize() >= GROUP_BYTES)) endGroup();
  }

  long rows() {
    return rows + groupRows;
  }

  /** Completes the file. */
  void finish(Map<String, String> metadata) throws IOException {
    if (values != null) endGroup();
    Map<String, String> all = new HashMap<>(metadata);
    all.put(TableSchema.KEY, TableSchema.toText(new Schema(schema.getFields(), metadata)));
    file.end(all);
  }

  /** Of a table that was not finished the beginning stays. */
  @Override
  public void close() throws IOException {
    if (values != null) values.close();
    codecs.release();
    stream.close();
  }

  // The compressor's own type is deprecated in favour of one that Spark 3.5's Parquet does not take here.
  @SuppressWarnings("deprecation")
  private void beginGroup() {
    pages = new ColumnChunkPageWriteStore(codecs.getCompressor(CompressionCodecName.ZSTD), columns,
        properties.getAllocator(), TRUNCATED, /*pageWriteChecksumEnabled=*/ true);
    values = properties.newColumnWriteStore(columns, pages, pages);
    writers = columns.getColumns().stream().map(values::getColumnWriter).toArray(ColumnWriter[]::new);
  }

  private void endGroup() throws IOException {
    file.startBlock(groupRows);
    values.flush();
    pages.flushToFileWriter(file);
    file.endBlock();
    values.close();
    values = null;
    rows += groupRows;
    groupRows = 0;
  }

  // Levels of definition: those of docs/formats.md's tables leave no other case than null and there.
  private static void write(ColumnWriter writer, ColumnDescriptor column, Object value) {
    int defined = column.getMaxDefinitionLevel();
    if (value == null) {
      writer.writeNull(0, 0);
    } else if (value instanceof String) {
      writer.write(Binary.fromString((String) value), 0, defined);
    } else if (value instanceof Integer) {
      writer.write((int) value, 0, defined);
    } else if (value instanceof Long) {
      writer.write((long) value, 0, defined);
    } else if (value instanceof Double) {
      writer.write((double) value, 0, defined);
    } else if (value instanceof float[]) {
      float[] list = (float[]) value;
      for (int i = 0; i < list.length; ++i) writer.write(list[i], i == 0 ? 0 : 1, defined);
      if (list.length == 0) writer.writeNull(0, defined - 1);
    } else {
      double[] list = (double[]) value;
      for (int i = 0; i < list.length; ++i) writer.write(list[i], i == 0 ? 0 : 1, defined);
      if (list.length == 0) writer.writeNull(0, defined - 1);
    }
  }
}
