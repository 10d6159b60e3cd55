import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;

/** Loads the native library of a jar in as many class loaders as are asked for: java LoadNative.java JAR COUNT. */
public class LoadNative {
  public static void main(String[] arguments) throws Exception {
    URL[] jar = {new File(arguments[0]).toURI().toURL()};
    for (int i = 0; i < Integer.parseInt(arguments[1]); ++i) {
      Class<?> type = Class.forName("coulis.spark.NativeLibrary", true, new URLClassLoader(jar, null));
      Method load = type.getDeclaredMethod("load");
      load.setAccessible(true);
      try {
        load.invoke(null);
        System.out.println("loaded");
      } catch (java.lang.reflect.InvocationTargetException error) {
        System.out.println(error.getCause().getMessage());
      }
    }
  }
}
