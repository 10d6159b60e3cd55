package coulis.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** What belongs together in a WebDataset shard, files of one name but for the extension: src/store/sample.h. */
final class Sample {
  private final String key;
  private final Map<String, String> cls = new HashMap<>();
  private final Map<String, String> json = new HashMap<>();
  private final List<Image> images = new ArrayList<>();
  private long bytes;

  private static final class Image {
    final String path;
    final Container.Member member;
    final boolean hasLabel;

    Image(String path, Container.Member member, boolean hasLabel) {
      this.path = path;
      this.member = member;
      this.hasLabel = hasLabel;
    }
  }

  /** Of what belongs to `path`; null: of nothing. */
  Sample(String path) {
    key = path == null ? null : keyOf(path);
  }

  boolean has(String path) {
    return keyOf(path).equals(key);
  }

  long bytes() {
    return bytes;
  }

  static boolean isLabel(String path) {
    return path.endsWith(".cls") || path.endsWith(".json");
  }

  /** Text that is no label (empty, not UTF-8, no JSON) is passed over. */
  void addLabel(String path, byte[] content) {
    boolean isCls = path.endsWith(".cls");
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      String label = isCls ? text.trim() : inJson(text);
      if (!label.isEmpty()) (isCls ? cls : json).put(withoutExtension(path), label);
    } catch (CharacterCodingException none) {
      return;
    } catch (IOException none) {
      return;
    }
  }

  void addImage(String path, Container.Member member) {
    if (member.bytes != null) bytes += member.bytes.length;
    String label = find(cls, path);
    if (label != null) member.label = label;
    images.add(new Image(path, member, label != null));
  }

  void giveOut(Queue<Container.Member> ready) {
    for (Image image : images) {
      String label = image.hasLabel ? null : find(cls, image.path);
      if (!image.hasLabel && label == null) label = find(json, image.path);
      if (label != null) image.member.label = label;
      ready.add(image.member);
    }
    images.clear();
  }

  private static String inJson(String text) throws IOException {
    JsonNode label = new ObjectMapper().readTree(text).path("label");
    return label.isTextual() || label.isIntegralNumber() ? label.asText() : "";
  }

  private static String find(Map<String, String> labels, String path) {
    String found = labels.get(withoutExtension(path));
    return found != null ? found : labels.get(keyOf(path));
  }

  private static String withoutExtension(String path) {
    int dot = path.lastIndexOf('.');
    return dot <= path.lastIndexOf('/') ? path : path.substring(0, dot);
  }

  private static String keyOf(String path) {
    int dot = path.indexOf('.', path.lastIndexOf('/') + 1);
    return dot < 0 ? path : path.substring(0, dot);
  }
}
