package coulis.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Refuses buckets outside of the regions that are allowed, before anything is read from them: --allow-region, else
 * COULIS_ALLOW_REGIONS, as for the command line (docs/storage.md). Where neither says anything, nothing is asked for.
 */
final class RegionGuard {
  private static final String FIRST_REGION = "us-east-1";
  private static final int TIMEOUT_MILLIS = 15_000;

  private final String allowed;
  private final Configuration hadoop;
  private final Map<String, String> regions = new TreeMap<>();

  RegionGuard(String allowRegion, Configuration hadoop) {
    String environment = System.getenv("COULIS_ALLOW_REGIONS");
    this.allowed = !allowRegion.isEmpty() ? allowRegion : environment == null ? "" : environment;
    this.hadoop = hadoop;
  }

  /** Errors: JobException for a bucket that is not allowed; IOException for one whose region cannot be found. */
  void check(Path path) throws IOException, JobException {
    List<String> choices = choices();
    String bucket = path.toUri().getAuthority();
    if (choices.isEmpty() || !HadoopFiles.isObjectStore(path) || bucket == null || regions.containsKey(bucket)) return;
    for (String choice : choices) {
      if (choice.equals("eu") || choice.equals("adequacy") || choice.contains("-")) continue;
      throw JobException.usage("--allow-region takes eu, eu+adequacy and names of regions (eu-west-3), not \"" + choice
          + "\"");
    }
    String name = find(path, bucket);
    String[] region = known(name);
    regions.put(bucket, name);
    for (String choice : choices) if (admits(choice, name, region)) return;
    String wayOut = region != null && region[3].equals("adequacy") ? "--allow-region eu+adequacy admits it"
        : "--allow-region " + name + " admits it";
    throw JobException.usage("bucket " + bucket + " lies in " + where(name, region) + "; allowed is " + allowed + ": "
        + wayOut);
  }

  /** What run.json says of it. */
  void record(ObjectNode storage) {
    ObjectNode named = storage.putObject("regions");
    regions.forEach(named::put);
    storage.put("allowed_regions", allowed);
  }

  private List<String> choices() {
    List<String> choices = new ArrayList<>();
    for (String choice : allowed.toLowerCase(Locale.ROOT).replace(" ", "").split("[,+]")) {
      if (!choice.isEmpty()) choices.add(choice);
    }
    return choices;
  }

  private static boolean admits(String choice, String name, String[] region) {
    if (choice.equals(name)) return true;
    if (region == null) return false;
    if (choice.equals("eu")) return region[3].equals("eu") || region[3].equals("eea");
    return choice.equals(region[3]) && !choice.equals("other");
  }

  private static String where(String name, String[] region) {
    if (region == null) return name + ", which is in no list of regions here";
    String text = name + " (" + region[1] + ", " + region[2] + ")";
    if (region[3].equals("adequacy")) return text + ", not in the EU: " + region[4];
    return region[3].equals("other") ? text + ", outside the EU and the EEA" : text;
  }

  // A line of src/store/regions.csv: name, place, country, group, note. Null for a region that it has not.
  private static String[] known(String name) throws IOException {
    try (BufferedReader table = new BufferedReader(new InputStreamReader(
        RegionGuard.class.getResourceAsStream("regions.csv"), StandardCharsets.UTF_8))) {
      for (String line = table.readLine(); line != null; line = table.readLine()) {
        String[] fields = line.split(",", 5);
        if (fields.length == 5 && fields[0].equals(name)) return fields;
      }
      return null;
    }
  }

  // S3 answers an unsigned HEAD with the bucket's region, also whom it lets see nothing else; S3A asks a store that does
  // not. Nothing of the bucket's content is read.
  private String find(Path path, String bucket) throws IOException, JobException {
    String endpoint = hadoop.getTrimmed("fs.s3a.endpoint", "");
    boolean isAws = endpoint.isEmpty() || endpoint.endsWith(".amazonaws.com");
    String host = endpoint.contains("://") ? endpoint : "https://" + endpoint;
    String url = isAws ? "https://s3." + FIRST_REGION + ".amazonaws.com/" + bucket : host + "/" + bucket;
    HttpURLConnection request = (HttpURLConnection) new URL(url).openConnection();
    request.setRequestMethod("HEAD");
    request.setInstanceFollowRedirects(false);
    request.setConnectTimeout(TIMEOUT_MILLIS);
    request.setReadTimeout(TIMEOUT_MILLIS);
    int status = request.getResponseCode();
    String region = request.getHeaderField("x-amz-bucket-region");
    if (region != null && !region.isEmpty()) return region;
    if (status == HttpURLConnection.HTTP_NOT_FOUND) throw JobException.failed("there is no bucket " + bucket);
    return askStore(path, bucket);
  }

  private String askStore(Path path, String bucket) throws IOException, JobException {
    try {
      FileSystem files = path.getFileSystem(hadoop);
      String region = String.valueOf(files.getClass().getMethod("getBucketLocation").invoke(files));
      if (region.isEmpty() || region.equals("US")) return FIRST_REGION;
      return region.equals("EU") ? "eu-west-1" : region;
    } catch (ReflectiveOperationException cannot) {
      throw JobException.failed("cannot find out where bucket " + bucket + " lies, and so not whether it is allowed ("
          + allowed + ")");
    }
  }
}
