import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** flaky:/PATH is /PATH, but a file whose name begins with "plum_0003" cannot be opened the first two times. */
public class FlakyFileSystem extends RawLocalFileSystem {
  private static final URI NAME = URI.create("flaky:///");

  private Path seen;

  @Override
  public void initialize(URI name, Configuration settings) throws IOException {
    super.initialize(name, settings);
    setConf(settings);
    seen = Paths.get(settings.get("flaky.seen"));
  }

  @Override
  public URI getUri() {
    return NAME;
  }

  @Override
  public String getScheme() {
    return "flaky";
  }

  @Override
  protected void checkPath(org.apache.hadoop.fs.Path path) {}

  @Override
  public synchronized FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
    Path times = seen.resolve(file.getName());
    if (file.getName().startsWith("plum_0003") && (!Files.exists(times) || Files.size(times) < 2)) {
      if (Files.exists(seen)) Files.write(times, new byte[1], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      throw new IOException("the storage does not answer");
    }
    return super.open(file, buffer);
  }
}
