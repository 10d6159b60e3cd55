package coulis.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** Who holds a lock (docs/formats.md, "The lock"). Written and read by src/store/lock_owner.h too. */
final class LockOwner {
  private final JsonNode json;

  private LockOwner(JsonNode json) {
    this.json = json;
  }

  /** This process, now. */
  static LockOwner me() {
    String process = ManagementFactory.getRuntimeMXBean().getName();
    long pid = Long.parseLong(process.substring(0, process.indexOf('@')));
    return new LockOwner(new ObjectMapper().createObjectNode().put("host", host()).put("pid", pid)
        .put("since", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()).put("boot", boot())
        .put("ticks", startTicks(pid)).put("id", UUID.randomUUID().toString().replace("-", "")));
  }

  /** Null when the text is none of ours. */
  static LockOwner parse(String text) {
    try {
      JsonNode json = new ObjectMapper().readTree(text);
      return json != null && json.has("id") ? new LockOwner(json) : null;
    } catch (IOException isNone) {
      return null;
    }
  }

  String toText() {
    return json.toString() + "\n";
  }

  boolean isSameAs(LockOwner other) {
    return other != null && json.path("id").equals(other.json.path("id"));
  }

  /** Whether it certainly lives no more: it ran on this machine, since this boot. */
  boolean isDead() {
    String boot = boot();
    if (boot.length() < 2 || !boot.equals(json.path("boot").asText())) return false;
    return startTicks(json.path("pid").asLong()) != json.path("ticks").asLong();
  }

  /** "process 123 of HOST, since 2026-01-31T12:00:00Z" */
  @Override
  public String toString() {
    return "process " + json.path("pid").asText() + " of " + json.path("host").asText() + ", since "
        + json.path("since").asText();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException unknown) {
      return "unknown";
    }
  }

  // Process numbers mean the same only within one boot and one namespace.
  private static String boot() {
    try {
      Path namespace = Files.readSymbolicLink(Paths.get("/proc/self/ns/pid"));
      return read("/proc/sys/kernel/random/boot_id").trim() + " " + namespace;
    } catch (IOException unknown) {
      return "";
    }
  }

  // Field 22 of /proc/PID/stat, counted after the name in parentheses; 0: no such process.
  private static long startTicks(long pid) {
    try {
      String line = read("/proc/" + pid + "/stat");
      return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ")[19]);
    } catch (IOException gone) {
      return 0;
    }
  }

  private static String read(String file) throws IOException {
    return new String(Files.readAllBytes(Paths.get(file)), StandardCharsets.UTF_8);
  }
}
