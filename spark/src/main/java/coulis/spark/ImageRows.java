package coulis.spark;

import java.util.HashMap;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;

/** The rows of one row group of images. Not thread-safe. Errors: what Parquet throws when it does not understand. */
final class ImageRows {
  private final ImageColumns columns;
  private final Map<String, ColumnReader> readers = new HashMap<>();
  private long left;

  /** What a row holds; null where there is nothing. */
  static final class Row {
    /** Valid until the next row. */
    Binary image;
    String imageName;
    String path;
    String label;
  }

  ImageRows(PageReadStore pages, ImageColumns columns, String createdBy) {
    this.columns = columns;
    left = pages.getRowCount();
    ColumnReadStoreImpl store = new ColumnReadStoreImpl(pages, new NoConverter(columns.requested), columns.requested, createdBy);
    for (ColumnDescriptor column : columns.requested.getColumns()) {
      readers.put(String.join(".", column.getPath()), store.getColumnReader(column));
    }
  }

  boolean hasNext() {
    return left > 0;
  }

  Row next() {
    --left;
    Row row = new Row();
    row.image = (Binary) read(columns.bytes);
    row.imageName = text(columns.imageName);
    row.path = text(columns.path);
    row.label = text(columns.label);
    return row;
  }

  private String text(String column) {
    Object value = column == null ? null : read(column);
    return value instanceof Binary ? ((Binary) value).toStringUsingUTF8() : (String) value;
  }

  // Binary, or the text of a number.
  private Object read(String name) {
    ColumnReader reader = readers.get(name);
    ColumnDescriptor column = reader.getDescriptor();
    Object value = reader.getCurrentDefinitionLevel() == column.getMaxDefinitionLevel() ? single(reader, column) : null;
    reader.consume();
    return value;
  }

  private static Object single(ColumnReader reader, ColumnDescriptor column) {
    boolean isSigned = !(column.getPrimitiveType().getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation)
        || ((IntLogicalTypeAnnotation) column.getPrimitiveType().getLogicalTypeAnnotation()).isSigned();
    switch (column.getPrimitiveType().getPrimitiveTypeName()) {
      case INT32:
        return isSigned ? Integer.toString(reader.getInteger()) : Integer.toUnsignedString(reader.getInteger());
      case INT64:
        return isSigned ? Long.toString(reader.getLong()) : Long.toUnsignedString(reader.getLong());
      default:
        return reader.getBinary();
    }
  }
}
