package coulis.spark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * A compiled model that all tasks of this process share. Each task borrows an Embedder and gives it back at its end,
 * for the next one: native memory is bounded by the tasks that run at the same time, not by how many there were.
 */
final class SharedEngine {
  /** Compiled models that stay for the next task though none uses them now. */
  private static final int KEPT = 2;

  // The most recently used one is the last. Guarded by the class, and so is every engine's state.
  private static final Map<String, SharedEngine> ENGINES = new LinkedHashMap<>(16, 0.75F, true);

  private final long handle;
  private final int places;
  private final Deque<Embedder> idle = new ArrayDeque<>();
  private int users;

  private SharedEngine(long handle, int places) {
    this.handle = handle;
    this.places = places;
  }

  /** A task's own place at an engine. */
  static final class Embedder implements AutoCloseable {
    private final SharedEngine engine;
    private final String key;
    private final long handle;
    private boolean borrowed = true;

    private Embedder(SharedEngine engine, String key, long handle) {
      this.engine = engine;
      this.key = key;
      this.handle = handle;
    }

    // A task may end while a thread of its own, one that feeds Python say, still asks for rows.
    /** @param size gets the image's width and height in pixels; may be null */
    synchronized float[] embed(byte[] image, int[] size) throws NativeException {
      if (!borrowed) throw new IllegalStateException("the task has ended");
      return Native.embed(handle, image, size);
    }

    /** Gives the place back. */
    @Override
    public synchronized void close() {
      if (borrowed) engine.giveBack(new Embedder(engine, key, handle));
      borrowed = false;
    }
  }

  /** `model` is asked for only when this process has not compiled it yet. */
  static Embedder borrow(String identity, Supplier<ModelFiles> model, EmbedSettings settings)
      throws IOException, NativeException {
    synchronized (SharedEngine.class) {
      String key = identity + " " + settings.engineKey();
      SharedEngine engine = ENGINES.get(key);
      if (engine == null) {
        engine = load(model.get(), settings);
        ENGINES.put(key, engine);
      }
      Embedder embedder = engine.take(settings);
      ++engine.users;
      closeUnused();
      return embedder;
    }
  }

  /** Numbers of an image's features; errors: no such layer, a precision that this machine's processor has not. */
  static int featureLength(ModelFiles model, EmbedSettings settings) throws IOException, NativeException {
    SharedEngine engine = load(model, settings);
    try {
      return Native.featureLength(engine.handle);
    } finally {
      engine.close();
    }
  }

  private static SharedEngine load(ModelFiles model, EmbedSettings settings) throws IOException, NativeException {
    Path folder = SharedFolders.provide("model", model.hashes(), model::content);
    int places = taskSlots(SparkEnv.get().conf());
    return new SharedEngine(
        Native.openEngine(utf8(folder.toString()), model.description(), utf8(settings.layer),
            EmbedSettings.PRECISIONS.indexOf(settings.precision), places),
        places);
  }

  private Embedder take(EmbedSettings settings) throws NativeException {
    String key = settings.embedderKey();
    for (Iterator<Embedder> each = idle.iterator(); each.hasNext();) {
      Embedder embedder = each.next();
      if (!embedder.key.equals(key)) continue;
      each.remove();
      return embedder;
    }
    boolean fast = settings.decode.equals("fast");
    return new Embedder(this, key, Native.openEmbedder(handle, fast, settings.exifRotate, settings.maxPixels));
  }

  private void giveBack(Embedder embedder) {
    synchronized (SharedEngine.class) {
      idle.addFirst(embedder);
      if (idle.size() > places) Native.closeEmbedder(idle.removeLast().handle);
      --users;
      closeUnused();
    }
  }

  private static void closeUnused() {
    List<String> unused = new ArrayList<>();
    ENGINES.forEach((key, engine) -> {
      if (engine.users == 0) unused.add(key);
    });
    for (String key : unused.subList(0, Math.max(0, unused.size() - KEPT))) ENGINES.remove(key).close();
  }

  private void close() {
    idle.forEach(embedder -> Native.closeEmbedder(embedder.handle));
    Native.closeEngine(handle);
  }

  /** How many tasks may run at the same time in this process. */
  static int taskSlots(SparkConf conf) {
    String master = conf.get("spark.master", "");
    int cores = Runtime.getRuntime().availableProcessors();
    if (master.matches("local(\\[[0-9]+.*)?")) {
      cores = master.equals("local") ? 1 : Integer.parseInt(master.replaceAll("local\\[([0-9]+).*", "$1"));
    } else if (conf.contains("spark.executor.cores")) {
      cores = conf.getInt("spark.executor.cores", cores);
    }
    return Math.max(1, cores / Math.max(1, conf.getInt("spark.task.cpus", 1)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
