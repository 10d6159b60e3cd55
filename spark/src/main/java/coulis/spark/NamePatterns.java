package coulis.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which names of files count: fnmatch patterns, of which any must match, case ignored, the name, or, when the pattern
 * has a slash, the path below the input. The rules of src/store/name_patterns.h.
 */
final class NamePatterns implements Serializable {
  static final List<String> IMAGES = Collections.unmodifiableList(Arrays.asList("*.jpg", "*.jpeg", "*.jpe", "*.jfif",
      "*.png", "*.webp", "*.bmp", "*.dib", "*.gif"));

  private static final long serialVersionUID = 1;
  private static final List<String> CONTAINERS = Arrays.asList(".tar", ".tar.gz", ".tgz", ".zip", ".parquet");

  private final List<Pattern> ofNames = new ArrayList<>();
  private final List<Pattern> ofPaths = new ArrayList<>();
  private final List<Pattern> ofMemberNames = new ArrayList<>();
  private final List<Pattern> ofMemberPaths = new ArrayList<>();
  private final boolean choosesContainers;
  private final boolean choosesImages;

  /** @param globs none: the known images */
  NamePatterns(List<String> globs) {
    for (String glob : globs.isEmpty() ? IMAGES : globs) (glob.contains("/") ? ofPaths : ofNames).add(compile(glob));
    List<String> images = new ArrayList<>(globs);
    images.removeIf(NamePatterns::isContainer);
    choosesImages = !images.isEmpty();
    for (String glob : choosesImages ? images : IMAGES) (glob.contains("/") ? ofMemberPaths : ofMemberNames).add(compile(glob));
    choosesContainers = globs.stream().anyMatch(NamePatterns::isContainer);
  }

  /** Whether a file is called like the images that are known. */
  static boolean isImage(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return IMAGES.stream().anyMatch(pattern -> lower.endsWith(pattern.substring(1)));
  }

  static boolean isContainer(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return CONTAINERS.stream().anyMatch(lower::endsWith);
  }

  static boolean isArchive(String name) {
    return isContainer(name) && !name.toLowerCase(Locale.ROOT).endsWith(".parquet");
  }

  /** Whether a file counts: a pattern matches; or it is a container, and no pattern is one of containers. */
  boolean takes(String name, String below) {
    return ofNames.stream().anyMatch(pattern -> pattern.matcher(name).matches())
        || ofPaths.stream().anyMatch(pattern -> pattern.matcher(below).matches())
        || !choosesContainers && isContainer(name);
  }

  /** A member of an archive, by its path inside. */
  boolean takesMember(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return ofMemberNames.stream().anyMatch(pattern -> pattern.matcher(name).matches())
        || ofMemberPaths.stream().anyMatch(pattern -> pattern.matcher(path).matches());
  }

  /** A row of a packed set, which need not be called like an image. */
  boolean takesRow(String path) {
    return !choosesImages || takesMember(path);
  }

  // POSIX, 2.13: `*` and `?` match slashes and leading dots too, `[!a-z]`, and a backslash before what means itself.
  private static Pattern compile(String glob) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < glob.length(); ++i) {
      char c = glob.charAt(i);
      int end = c == '[' ? glob.indexOf(']', Math.min(glob.length(), i + (negated(glob, i) ? 3 : 2))) : -1;
      if (c == '*') {
        text.append(".*");
      } else if (c == '?') {
        text.append('.');
      } else if (end > 0) {
        String content = glob.substring(i + (negated(glob, i) ? 2 : 1), end);
        text.append(negated(glob, i) ? "[^" : "[").append(content.replaceAll("([\\[\\]\\\\^&])", "\\\\$1")).append(']');
        i = end;
      } else {
        if (c == '\\' && i + 1 < glob.length()) c = glob.charAt(++i);
        text.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(text.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
    } catch (PatternSyntaxException backwards) {  // [z-a]: matches nothing.
      return Pattern.compile("(?!)");
    }
  }

  private static boolean negated(String glob, int bracket) {
    return bracket + 1 < glob.length() && "!^".indexOf(glob.charAt(bracket + 1)) >= 0;
  }
}
