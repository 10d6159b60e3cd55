import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * MiniYarn FOLDER: YARN and HDFS in this process; their settings for clients go to FOLDER/conf. Says "ready" and the URI of
 * HDFS, and goes on until standard input ends.
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
    while (System.in.read() >= 0) {}
  }

  private static void write(Configuration settings, Path file) throws Exception {
    try (OutputStream stream = Files.newOutputStream(file)) {
      settings.writeXml(stream);
    }
  }
}
