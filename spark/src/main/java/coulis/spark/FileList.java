package coulis.spark;

import com.univocity.parsers.common.record.Record;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.GroupType;

/**
 * The list of --files, an entry at a time: a path a line; CSV with a header, when its name ends with .csv or its first line has
 * a field "path"; Parquet. As src/store/manifest.h. Not thread-safe.
 */
final class FileList implements AutoCloseable {
  static final String STANDARD_INPUT = "-";

  private static final String PATH = "path";
  private static final String LABEL = "label";
  private static final int HEAD_CHARS = 1 << 16;
  private static final int MOST_CHARS = 1 << 16;  // of a field

  private final Source source;
  private final AutoCloseable opened;

  /** A line: what it names, and the label that it gives; either may be null. */
  static final class Entry {
    final String path;
    final String label;

    private Entry(String path, String label) {
      this.path = path;
      this.label = label;
    }
  }

  private interface Source {
    Entry next() throws IOException;
  }

  private FileList(Source source, AutoCloseable opened) {
    this.source = source;
    this.opened = opened;
  }

  /** @param file null: standard input. Errors: JobException when there is no such list, or none with paths. */
  static FileList open(Path file, Configuration hadoop) throws IOException, JobException {
    String text = file == null ? "standard input" : HadoopFiles.text(file);
    try {
      if (file != null && isParquet(file, hadoop)) return ofParquet(file, hadoop, text);
      InputStream stream = file == null ? System.in : HadoopFiles.of(file, hadoop).open(file);
      return ofText(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8), HEAD_CHARS), text);
    } catch (FileNotFoundException missing) {
      throw JobException.failed("manifest " + text + ": No such file or directory");
    }
  }

  /** The next one; null at the end. Errors: IOException when the list cannot be read on. */
  Entry next() throws IOException {
    try {
      return source.next();
    } catch (RuntimeException damaged) {  // What the parsers throw.
      throw new IOException(HadoopFiles.reason(damaged), damaged);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      opened.close();
    } catch (IOException problem) {
      throw problem;
    } catch (Exception problem) {
      throw new IOException(HadoopFiles.reason(problem), problem);
    }
  }

  private static boolean isParquet(Path file, Configuration hadoop) throws IOException {
    byte[] magic = new byte[4];
    try (InputStream stream = HadoopFiles.of(file, hadoop).open(file)) {
      int got = 0;
      for (int n = 0; n >= 0 && got < magic.length; got += Math.max(n, 0)) n = stream.read(magic, got, magic.length - got);
    }
    return Arrays.equals(magic, "PAR1".getBytes(StandardCharsets.US_ASCII));
  }

  private static FileList ofText(BufferedReader reader, String text) throws IOException, JobException {
    reader.mark(HEAD_CHARS);
    String first = reader.readLine();
    reader.reset();
    reader.mark(1);
    if (reader.read() != '\ufeff') reader.reset();  // a byte order mark
    boolean hasPath = first != null && Arrays.stream(first.replace("\ufeff", "").split(","))
        .anyMatch(field -> field.equals(PATH) || field.equals('"' + PATH + '"'));
    if (hasPath) return ofCsv(reader);
    if (text.toLowerCase(java.util.Locale.ROOT).endsWith(".csv")) throw noPath(text);
    return new FileList(() -> {
      String line = reader.readLine();
      while (line != null && line.isEmpty()) line = reader.readLine();
      return line == null ? null : new Entry(line, null);
    }, reader);
  }

  private static FileList ofCsv(BufferedReader reader) {
    CsvParserSettings settings = new CsvParserSettings();
    settings.setHeaderExtractionEnabled(true);
    settings.setIgnoreLeadingWhitespaces(false);
    settings.setIgnoreTrailingWhitespaces(false);
    settings.setMaxCharsPerColumn(MOST_CHARS);
    CsvParser parser = new CsvParser(settings);
    parser.beginParsing(reader);
    return new FileList(() -> {
      Record row = parser.parseNextRecord();
      if (row == null) return null;
      return new Entry(row.getString(PATH), row.getMetaData().containsColumn(LABEL) ? row.getString(LABEL) : null);
    }, parser::stopParsing);
  }

  private static FileList ofParquet(Path file, Configuration hadoop, String text) throws IOException, JobException {
    ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), file).withConf(hadoop).build();
    Group[] first = {reader.read()};
    if (first[0] != null && !first[0].getType().containsField(PATH)) {
      reader.close();
      throw noPath(text);
    }
    return new FileList(() -> {
      Group row = first[0] == null ? reader.read() : first[0];
      first[0] = null;
      return row == null ? null : new Entry(field(row, PATH), field(row, LABEL));
    }, reader);
  }

  private static String field(Group row, String name) {
    GroupType type = row.getType();
    if (!type.containsField(name) || row.getFieldRepetitionCount(name) == 0) return null;
    return row.getValueToString(type.getFieldIndex(name), 0);
  }

  private static JobException noPath(String text) {
    return JobException.usage("manifest " + text + " has no column \"path\"");
  }
}
