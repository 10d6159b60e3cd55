package coulis.spark;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Which rows there are already: 64 bits of hash for each, so members of containers, which no listing knows, are told. */
final class FinishedPaths implements Serializable {
  private static final long serialVersionUID = 1;
  // FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private final long[] hashes;

  FinishedPaths(List<long[]> parts) {
    hashes = parts.stream().flatMapToLong(Arrays::stream).sorted().toArray();
  }

  boolean has(String path) {
    return Arrays.binarySearch(hashes, hash(path)) >= 0;
  }

  static long hash(String path) {
    long hash = OFFSET;
    for (byte next : path.getBytes(StandardCharsets.UTF_8)) hash = (hash ^ (next & 0xff)) * PRIME;
    return hash;
  }
}
