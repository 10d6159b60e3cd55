import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * MiniYarn FOLDER: YARN and HDFS in this process; their settings for clients go to FOLDER/conf. Says "ready" and the URI of
 * HDFS, and then copies what standard input says, until it ends: lines "put", a local path and one of HDFS, or "get", the
 * same the other way round, with tabs between them.
 */
public class MiniYarn {
  private static final String[][] SETTINGS = {
    {"yarn.resourcemanager.hostname", "127.0.0.1"},
    {"yarn.resourcemanager.bind-host", "127.0.0.1"},
    {"yarn.nodemanager.hostname", "127.0.0.1"},
    {"yarn.nodemanager.bind-host", "127.0.0.1"},
    {"yarn.resourcemanager.scheduler.class",
        "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler"},
    {"yarn.scheduler.capacity.root.queues", "default"},
    {"yarn.scheduler.capacity.root.default.capacity", "100"},
    {"yarn.scheduler.capacity.maximum-am-resource-percent", "1.0"},
    {"yarn.scheduler.minimum-allocation-mb", "128"},
    {"yarn.nodemanager.pmem-check-enabled", "false"},
    {"yarn.nodemanager.vmem-check-enabled", "false"},
    {"yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100"},
    {"yarn.minicluster.yarn.nodemanager.resource.memory-mb", "4096"},
    {"yarn.application.classpath", ""},
    {"fs.defaultFS", "file:///"},
    {"dfs.permissions.enabled", "false"},
    {"dfs.namenode.http-address", "127.0.0.1:0"},
    {"dfs.datanode.address", "127.0.0.1:0"},
    {"dfs.datanode.http.address", "127.0.0.1:0"},
    {"dfs.datanode.ipc.address", "127.0.0.1:0"},
    {"dfs.replication", "1"},
  };

  public static void main(String[] arguments) {
    int code = 1;
    try {
      run(arguments);
      code = 0;
    } catch (Throwable problem) {
      problem.printStackTrace();
    }
    Runtime.getRuntime().halt(code);  // An orderly end takes 20 s, and one in the middle does not come.
  }

  private static void run(String... arguments) throws Exception {
    Path folder = Paths.get(arguments[0]).toAbsolutePath();
    System.setProperty("test.build.data", folder.resolve("data").toString());
    YarnConfiguration settings = new YarnConfiguration();
    for (String[] setting : SETTINGS) settings.set(setting[0], setting[1]);
    MiniDFSCluster files = new MiniDFSCluster.Builder(new HdfsConfiguration(settings), folder.resolve("hdfs").toFile())
        .numDataNodes(1).build();
    files.waitActive();
    MiniYARNCluster cluster = new MiniYARNCluster("coulis", 1, 1, 1);
    cluster.init(settings);
    cluster.start();
    Files.createDirectories(folder.resolve("conf"));
    Configuration core = new Configuration(false);
    core.set("fs.defaultFS", "file:///");
    write(core, folder.resolve("conf").resolve("core-site.xml"));
    write(cluster.getConfig(), folder.resolve("conf").resolve("yarn-site.xml"));
    System.out.println("ready hdfs://127.0.0.1:" + files.getNameNodePort());
    copy(files.getFileSystem());
  }

  private static void copy(FileSystem hdfs) throws Exception {
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] order = line.split("\t");
      org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(order[1]);
      org.apache.hadoop.fs.Path to = new org.apache.hadoop.fs.Path(order[2]);
      if (order[0].equals("put")) hdfs.copyFromLocalFile(from, to);
      else hdfs.copyToLocalFile(/*delSrc=*/ false, from, to, /*useRawLocalFileSystem=*/ true);
      System.out.println("done");
    }
  }

  private static void write(Configuration settings, Path file) throws Exception {
    try (OutputStream stream = Files.newOutputStream(file)) {
      settings.writeXml(stream);
    }
  }
}
