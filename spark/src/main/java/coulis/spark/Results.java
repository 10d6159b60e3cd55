package coulis.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A result that is being made, in the hidden folder RESULTS/.incomplete, from which it moves into place when it is
 * complete: the life of a results folder as src/store/results_folder.h has it, so that either engine goes on with, and
 * completes, what the other one began. Not thread-safe.
 */
final class Results implements AutoCloseable {
  static final String FEATURES = "features";
  static final String MOMENTS = "moments";
  static final String PCA = "pca";
  static final String PCA_MODEL = "pca_model";
  static final String RUN = "run.json";

  private static final String STAGING = ".incomplete";
  private static final String PLAN = "plan.json";
  private static final String EXTENDS = "extends";
  private static final String KEEPS_PCA = "keeps_pca";
  /** Of this engine: what attempts of tasks write, and what was listed. No run goes on with it. */
  private static final List<String> SCRATCH = Arrays.asList("attempts", "listing");

  private final ResultsFiles files;
  private final Path root;
  private final Path staging;
  private final ResultsLock lock;
  private boolean extendsEarlier;

  private Results(ResultsFiles files, Path root, ResultsLock lock) {
    this.files = files;
    this.root = root;
    this.staging = new Path(root, STAGING);
    this.lock = lock;
  }

  /** Takes up what is there, or begins anew, as the options say. */
  static Results open(Path root, JobOptions options, RunRecord plan, Configuration hadoop)
      throws IOException, JobException {
    ResultsFiles files = new ResultsFiles(root, hadoop);
    files.makeFolder(root);
    Results results = new Results(files, root, ResultsLock.take(files, root, new Path(root, STAGING), options.stealLock));
    try {
      results.prepare(options, plan);
      results.lock.sign();
      for (String scratch : SCRATCH) files.remove(new Path(results.staging, scratch));
      return results;
    } catch (IOException | JobException | RuntimeException error) {
      results.close();
      throw error;
    }
  }

  /** The record of complete results. Errors: JobException that says how to go on. */
  static RunRecord record(Path root, Configuration hadoop) throws IOException, JobException {
    ResultsFiles files = new ResultsFiles(root, hadoop);
    String text = files.read(new Path(root, RUN));
    if (text != null) return RunRecord.parse(text, HadoopFiles.text(new Path(root, RUN)));
    List<String> names = files.names(root);
    String where = HadoopFiles.text(root);
    if (names.contains(STAGING)) throw JobException.failed(where + " holds an unfinished run: continue it with --resume");
    throw JobException.failed(names.isEmpty() ? "no results folder " + where
        : where + " holds no Coulis results (no run.json)");
  }

  Path root() {
    return root;
  }

  Path attempts() {
    return new Path(staging, SCRATCH.get(0));
  }

  Path listing() {
    return new Path(staging, SCRATCH.get(1));
  }

  /** A staged section, empty and new if `anew`. */
  Path section(String name, boolean anew) throws IOException {
    Path folder = new Path(staging, name);
    if (anew) files.remove(folder);
    files.makeFolder(folder);
    return folder;
  }

  /** Whether an earlier, complete result keeps its parts and gets more. */
  boolean extendsEarlier() {
    return extendsEarlier;
  }

  ResultsFiles files() {
    return files;
  }

  ResultsLock lock() {
    return lock;
  }

  /** Finished parts of features/: those of the result in place that stay, then the staged ones. */
  List<FileStatus> featureParts() throws IOException {
    List<FileStatus> parts = new ArrayList<>();
    if (extendsEarlier) parts.addAll(files.parts(new Path(root, FEATURES)));
    parts.addAll(files.parts(new Path(staging, FEATURES)));
    return parts;
  }

  /** Where moments of featureParts() may lie: those of this run first. */
  List<Path> momentsFolders() {
    List<Path> folders = new ArrayList<>();
    folders.add(new Path(staging, MOMENTS));
    if (extendsEarlier) folders.add(new Path(root, MOMENTS));
    return folders;
  }

  boolean isEmpty() throws IOException {
    return files.parts(new Path(staging, FEATURES)).isEmpty();
  }

  /** A run that failed at once leaves nothing behind. */
  void dropIfNothingWasFinished() throws IOException {
    if (!isEmpty() || !lock.isHeld()) return;
    files.remove(staging);
    if (!HadoopFiles.isObjectStore(root) && files.names(root).isEmpty()) files.remove(root);
  }

  /** Moves the staged sections into place, run.json last. A kill in the middle is completed by the next run. */
  void publish(RunRecord record) throws IOException, JobException {
    lock.check();
    files.write(new Path(staging, RUN), record.toText());
    moveIntoPlace();
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private void prepare(JobOptions options, RunRecord plan) throws IOException, JobException {
    boolean changes = options.resume || options.overwrite;
    List<String> staged = files.names(staging);
    if (changes && staged.contains(RUN)) {
      moveIntoPlace();
      staged = files.names(staging);
    }
    List<String> names = files.names(root);
    names.remove(".lock");
    boolean isUnfinished = staged.contains(PLAN) || staged.contains(RUN);
    if (!changes) {
      refuseNotEmpty(names, isUnfinished);
    } else if (options.resume && isUnfinished) {
      goOnWith(new Path(staging, PLAN), plan);
      extendsEarlier = staged.contains(EXTENDS);
      files.remove(new Path(staging, KEEPS_PCA));
      return;
    } else if (options.resume && names.contains(RUN)) {
      goOnWith(new Path(root, RUN), plan);
      extendsEarlier = true;
    } else if (!names.contains(RUN) && !names.contains(STAGING)) {
      // Overwriting must not clear a folder that merely happens to hold a folder named features.
      refuseNotEmpty(names, isUnfinished);
    }
    files.remove(staging);
    files.makeFolder(staging);
    if (extendsEarlier) files.write(new Path(staging, EXTENDS), "");
    files.write(new Path(staging, PLAN), plan.toText());
  }

  private void refuseNotEmpty(List<String> names, boolean isUnfinished) throws JobException {
    if (names.isEmpty()) return;
    String advice = names.contains(RUN) && !isUnfinished
        ? "holds results already: --resume adds new images, --overwrite replaces them"
        : names.contains(STAGING) ? "holds an unfinished run: --resume continues it, --overwrite begins anew"
        : "is not empty and holds no Coulis results: choose another folder";
    throw JobException.usage(HadoopFiles.text(root) + " " + advice);
  }

  // What is gone on with has the same options, and what was forgotten of it stays recorded.
  private void goOnWith(Path before, RunRecord plan) throws IOException, JobException {
    RunRecord earlier = RunRecord.parse(files.read(before), HadoopFiles.text(before));
    String difference = plan.difference(earlier);
    if (difference != null) {
      throw JobException.usage("cannot resume: " + difference + ": use the same, or --overwrite to begin anew");
    }
    plan.section("counts").put("forgotten", earlier.count("forgotten"));
  }

  // Every step can be repeated, so a kill anywhere in here is mended by doing it all again, by either engine.
  private void moveIntoPlace() throws IOException, JobException {
    RunRecord record = RunRecord.parse(files.read(new Path(staging, RUN)), HadoopFiles.text(new Path(staging, RUN)));
    List<String> staged = files.names(staging);
    for (String scratch : SCRATCH) files.remove(new Path(staging, scratch));
    files.remove(new Path(root, RUN));
    // Moments before the features, by whose being staged they are judged.
    for (String section : Arrays.asList(MOMENTS, FEATURES, PCA, PCA_MODEL)) {
      Path from = new Path(staging, section);
      Path to = new Path(root, section);
      if (!staged.contains(section)) {
        if (!stays(section, record, staged)) files.remove(to);
      } else if (section.equals(FEATURES) && staged.contains(EXTENDS)
          || section.equals(PCA) && staged.contains(KEEPS_PCA)) {
        moveParts(files.parts(from), to);
      } else if (HadoopFiles.isObjectStore(root)) {
        replaceObjects(from, to, section, record);
      } else {
        files.move(from, to);
      }
      files.remove(from);
    }
    // Without its plan, what a kill leaves of the staging folder is no unfinished run.
    files.remove(new Path(staging, PLAN));
    files.move(new Path(staging, RUN), new Path(root, RUN));
    files.remove(staging);
  }

  private static boolean stays(String section, RunRecord record, List<String> staged) {
    if (section.equals(FEATURES)) return true;
    if (section.equals(MOMENTS)) return !staged.contains(FEATURES) || staged.contains(EXTENDS);
    return record.hasPca();
  }

  // There is no renaming of folders in a bucket. What an earlier try has moved already must stay: what is in place goes
  // by what the record lists, and what is staged takes the place of its namesake.
  private void replaceObjects(Path from, Path to, String section, RunRecord record) throws IOException {
    boolean isListed = section.equals(FEATURES) || section.equals(PCA) && record.hasPca();
    List<Part> parts = section.equals(FEATURES) ? record.features() : record.pca();
    Set<String> listed = parts.stream().map(Part::baseName).collect(Collectors.toCollection(TreeSet::new));
    for (FileStatus placed : files.list(to)) {
      if (isListed && !listed.contains(placed.getPath().getName())) files.remove(placed.getPath());
    }
    List<FileStatus> moving = files.parts(from);
    if (isListed) moving.removeIf(file -> !listed.contains(file.getPath().getName()));
    moveParts(moving, to);
  }

  private void moveParts(List<FileStatus> parts, Path to) throws IOException {
    files.makeFolder(to);
    try (Movers movers = new Movers(files)) {
      for (FileStatus part : parts) movers.move(part.getPath(), new Path(to, part.getPath().getName()));
    }
  }
}
