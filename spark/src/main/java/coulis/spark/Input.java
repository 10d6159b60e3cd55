package coulis.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** One INPUT: a folder to be searched, or a single file. */
final class Input implements Serializable {
  private static final long serialVersionUID = 1;

  /** Hadoop's text of the path. */
  final String path;
  final boolean isFolder;
  final long bytes;

  private Input(String path, boolean isFolder, long bytes) {
    this.path = path;
    this.isFolder = isFolder;
    this.bytes = bytes;
  }

  /** Errors: JobException for an input that does not exist, or lies inside of another one. */
  static List<Input> resolve(List<String> names, Configuration hadoop) throws IOException, JobException {
    List<Input> inputs = new ArrayList<>();
    for (String name : names) {
      try {
        Path path = HadoopFiles.resolve(name, hadoop);
        FileStatus status = HadoopFiles.of(path, hadoop).getFileStatus(path);
        inputs.add(new Input(path.toString(), status.isDirectory(), status.getLen()));
      } catch (FileNotFoundException missing) {
        throw JobException.failed("input " + name + ": no such file or folder");
      }
    }
    for (Input inner : inputs) {
      for (Input outer : inputs) {
        if (inner != outer && (inner.path + "/").startsWith(outer.path.replaceFirst("/$", "") + "/")) {
          throw JobException.usage("input " + inner.text() + " lies inside input " + outer.text()
              + ": give each image once");
        }
      }
    }
    return inputs;
  }

  /** As run.json names it. */
  String text() {
    return PathText.of(HadoopFiles.text(new Path(path)));
  }
}
