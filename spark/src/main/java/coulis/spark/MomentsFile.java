package coulis.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** moments/moments.parquet (docs/formats.md): the sums over features that lie beside them. As src/store/moments_file.h. */
final class MomentsFile {
  private static final String NAME = "moments.parquet";
  private static final String ROWS = "coulis.rows";
  private static final String PARTS = "coulis.parts";

  final Moments moments;
  /** Names of the parts that they are of, and their sizes then. */
  final Map<String, Long> parts;

  private MomentsFile(Moments moments, Map<String, Long> parts) {
    this.moments = moments;
    this.parts = parts;
  }

  /**
   * What lies in `folder`; null when there is nothing, when it is damaged or of vectors of another length, or when it is of a
   * part that is not among `there` as it was: then the features themselves tell.
   */
  static MomentsFile read(Path folder, int dims, Collection<FileStatus> there, Configuration hadoop) throws IOException {
    try (TableReader table = TableReader.open(new Path(folder, NAME), hadoop)) {
      if (!TableSchema.same(table.schema(), schema()) || table.rows() != dims) return null;
      long count = Long.parseLong(table.metadata().getOrDefault(ROWS, "-1"));
      Map<String, Long> parts = stamps(table.metadata().get(PARTS));
      if (count < 0 || parts == null || !areAll(parts, there)) return null;
      Moments moments = read(table, count, dims);
      return moments == null ? null : new MomentsFile(moments, parts);
    } catch (FileNotFoundException nothing) {
      return null;
    } catch (IOException | NumberFormatException damaged) {
      return null;  // Storage that fails says so again when the features are read.
    }
  }

  /** Writes moments of all good rows of `parts`. */
  static void write(Moments moments, Collection<FileStatus> parts, Path folder, Configuration hadoop) throws IOException {
    ArrayNode stamps = new ObjectMapper().createArrayNode();
    for (FileStatus part : parts) stamps.addObject().put("file", part.getPath().getName()).put("bytes", part.getLen());
    Map<String, String> metadata = new HashMap<>();
    metadata.put(ROWS, Long.toString(moments.count));
    metadata.put(PARTS, stamps.toString());
    try (TableWriter table = TableWriter.createSmall(new Path(folder, NAME), schema(), hadoop)) {
      int first = 0;
      for (int i = 0; i < moments.dims(); first += ++i) {
        table.append(moments.mean[i], Arrays.copyOfRange(moments.coMoments, first, first + i + 1));
      }
      table.finish(metadata);
    }
  }

  private static Schema schema() {
    return new Schema(Arrays.asList(TableSchema.number("mean"), TableSchema.doubles("co_moments")));
  }

  private static Moments read(TableReader table, long count, int dims) throws IOException {
    double[] mean = new double[dims];
    double[] coMoments = new double[dims * (dims + 1) / 2];
    int filled = 0;
    for (int i = 0; i < dims; ++i) {
      Object[] row = table.next();
      if (row == null || !(row[1] instanceof double[]) || ((double[]) row[1]).length != i + 1) return null;
      mean[i] = (double) row[0];
      System.arraycopy((double[]) row[1], 0, coMoments, filled, i + 1);
      filled += i + 1;
    }
    return new Moments(count, mean, coMoments);
  }

  // Null when it is no list of parts.
  private static Map<String, Long> stamps(String text) {
    if (text == null) return null;
    try {
      Map<String, Long> parts = new HashMap<>();
      for (JsonNode part : new ObjectMapper().readTree(text)) {
        if (!part.path("file").isTextual() || !part.path("bytes").isIntegralNumber()) return null;
        parts.put(part.path("file").asText(), part.path("bytes").asLong());
      }
      return parts;
    } catch (JsonProcessingException damaged) {
      return null;
    }
  }

  private static boolean areAll(Map<String, Long> parts, Collection<FileStatus> there) {
    Map<String, Long> sizes = new HashMap<>();
    for (FileStatus part : there) sizes.put(part.getPath().getName(), part.getLen());
    return sizes.entrySet().containsAll(parts.entrySet());
  }
}
