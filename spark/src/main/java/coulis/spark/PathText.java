package coulis.spark;

/** File names as they stand in tables (docs/formats.md): src/base/path_text.h, for names that Java can say. */
final class PathText {
  private PathText() {}

  /** A name with the two characters \x in it has its backslashes doubled; any other stands as it is. */
  static String of(String name) {
    return name.contains("\\x") ? name.replace("\\", "\\\\") : name;
  }
}
