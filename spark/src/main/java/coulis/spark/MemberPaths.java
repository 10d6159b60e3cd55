package coulis.spark;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Paths of members inside of containers: src/store/member_paths.h. */
final class MemberPaths {
  private final Map<Long, Integer> times = new HashMap<>();  // by hash

  /** The path without "." and empty parts; one that leads out stays as it is. */
  static String tidy(String name) {
    if (leadsOut(name)) return name;
    return Arrays.stream(name.split("/")).filter(part -> !part.isEmpty() && !part.equals(".")).collect(Collectors.joining("/"));
  }

  /** True for an absolute path, and for one with a part "..". */
  static boolean leadsOut(String name) {
    return name.startsWith("/") || Arrays.asList(name.split("/")).contains("..");
  }

  static boolean isHidden(String path) {
    return Arrays.stream(path.split("/")).anyMatch(part -> part.startsWith(".") && !part.equals(".") && !part.equals(".."));
  }

  /** The last folder of the path; `other` when it has none. */
  static String folderName(String path, String other) {
    int end = path.lastIndexOf('/');
    return end < 0 ? other : path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }

  /** "train/apples.v2.tar.gz": "apples.v2" */
  static String stem(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    while (NamePatterns.isContainer(name)) name = name.substring(0, name.lastIndexOf('.'));
    return name;
  }

  /** `path`, or for one that came before "path#2", "path#3", … */
  String unique(String path) {
    String unique = path;
    int count = times.merge(FinishedPaths.hash(path), 1, Integer::sum);
    for (; count > 1; ++count) {
      unique = path + "#" + count;
      if (times.putIfAbsent(FinishedPaths.hash(unique), 1) == null) break;
    }
    return unique;
  }
}
