package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Reads a table of docs/formats.md a row group at a time, checksums of pages verified. Not thread-safe. Errors:
 * FileNotFoundException; IOException that names the file when it is damaged or has other columns.
 */
final class TableReader implements AutoCloseable {
  private final Path path;
  private final ParquetFileReader file;
  private final Schema schema;
  private final MessageType columns;
  private ColumnReader[] readers;
  private long groupRows;

  private TableReader(Path path, ParquetFileReader file, String... columns) throws IOException {
    this.path = path;
    this.file = file;
    schema = TableSchema.fromMetadata(metadata());
    MessageType all = file.getFileMetaData().getSchema();
    if (schema == null || !TableSchema.toParquet(schema).getColumns().equals(all.getColumns())) throw other();
    Set<String> chosen = new HashSet<>(Arrays.asList(columns));
    this.columns = new MessageType(all.getName(), all.getFields().stream()
        .filter(field -> chosen.isEmpty() || chosen.contains(field.getName())).toArray(Type[]::new));
    file.setRequestedSchema(this.columns);
  }

  /** @param columns those to read, in the order of the file; none: all */
  static TableReader open(Path path, Configuration hadoop, String... columns) throws IOException {
    ParquetReadOptions options = HadoopReadOptions.builder(hadoop).usePageChecksumVerification().build();
    ParquetFileReader file = null;
    try {
      file = ParquetFileReader.open(HadoopFiles.input(path, hadoop), options);
      return new TableReader(path, file, columns);
    } catch (FileNotFoundException missing) {
      throw missing;
    } catch (RuntimeException damaged) {  // What Parquet throws when it does not understand.
      if (file != null) file.close();
      throw unreadable(path, damaged);
    }
  }

  Schema schema() {
    return schema;
  }

  Map<String, String> metadata() {
    return file.getFileMetaData().getKeyValueMetaData();
  }

  long rows() {
    return file.getRecordCount();
  }

  /** The error of a table whose columns are others than they should be. */
  IOException other() {
    return new IOException(HadoopFiles.text(path) + " has columns other than docs/formats.md says");
  }

  /** Passes over the first rows; before any was read. */
  void skip(long rows) throws IOException {
    long left = rows;
    for (int group = 0; left > 0 && group < file.getRowGroups().size(); ++group) {
      if (left < file.getRowGroups().get(group).getRowCount()) break;
      left -= file.getRowGroups().get(group).getRowCount();
      file.skipNextRowGroup();
    }
    for (; left > 0; --left) next();
  }

  /** The next row, a value for each column, of the types that TableWriter takes; null at the end. */
  Object[] next() throws IOException {
    try {
      while (groupRows == 0) {
        PageReadStore pages = file.readNextRowGroup();
        if (pages == null) return null;
        groupRows = pages.getRowCount();
        ColumnReadStoreImpl store = new ColumnReadStoreImpl(pages, new NoConverter(columns), columns,
            file.getFileMetaData().getCreatedBy());
        readers = columns.getColumns().stream().map(store::getColumnReader).toArray(ColumnReader[]::new);
      }
      --groupRows;
      Object[] row = new Object[readers.length];
      for (int i = 0; i < row.length; ++i) row[i] = read(readers[i]);
      return row;
    } catch (RuntimeException damaged) {
      throw unreadable(path, damaged);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static IOException unreadable(Path path, RuntimeException damaged) {
    return new IOException("cannot read " + HadoopFiles.text(path) + ": it is damaged or no table of ours ("
        + String.valueOf(damaged.getMessage()).split("\n")[0] + ")", damaged);
  }

  private Object read(ColumnReader reader) {
    ColumnDescriptor column = reader.getDescriptor();
    boolean isThere = reader.getCurrentDefinitionLevel() == column.getMaxDefinitionLevel();
    if (column.getMaxRepetitionLevel() > 0) return list(reader, column, isThere);
    Object value = isThere ? single(reader, column) : null;
    reader.consume();
    return value;
  }

  private static Object single(ColumnReader reader, ColumnDescriptor column) {
    switch (column.getPrimitiveType().getPrimitiveTypeName()) {
      case BINARY:
        return reader.getBinary().toStringUsingUTF8();
      case INT32:
        return reader.getInteger();
      case INT64:
        return reader.getLong();
      default:
        return reader.getDouble();
    }
  }

  private Object list(ColumnReader reader, ColumnDescriptor column, boolean isThere) {
    int expected = TableSchema.length(schema, column.getPath()[0]);
    boolean isFloat = column.getPrimitiveType().getPrimitiveTypeName()
        == org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FLOAT;
    if (!isThere) {
      boolean isEmpty = reader.getCurrentDefinitionLevel() == column.getMaxDefinitionLevel() - 1;
      reader.consume();
      if (isEmpty) throw new IllegalStateException("an empty list in " + column.getPath()[0]);
      return null;
    }
    float[] floats = new float[isFloat ? Math.max(expected, 1) : 0];
    double[] doubles = new double[isFloat ? 0 : Math.max(expected, 1)];
    int count = 0;
    do {
      if (isFloat) {
        if (count == floats.length) floats = Arrays.copyOf(floats, 2 * count);
        floats[count++] = reader.getFloat();
      } else {
        if (count == doubles.length) doubles = Arrays.copyOf(doubles, 2 * count);
        doubles[count++] = reader.getDouble();
      }
      reader.consume();
    } while (reader.getCurrentRepetitionLevel() > 0);
    if (expected >= 0 && count != expected) {
      throw new IllegalStateException("a list of " + count + " in " + column.getPath()[0]);
    }
    return isFloat ? Arrays.copyOf(floats, count) : Arrays.copyOf(doubles, count);
  }
}
