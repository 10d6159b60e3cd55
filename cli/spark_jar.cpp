#include "spark_jar.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace coulis::cli {
namespace fs = std::filesystem;

std::string FindSparkJar() {
  constexpr const char* kJar = "coulis-spark.jar";
  std::error_code ignored;
  if (const char* named = std::getenv("COULIS_JAR"); named != nullptr && *named != '\0') {
    return fs::is_regular_file(named, ignored) ? named : "";
  }
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& place :
       {folder, folder.parent_path() / "share/coulis", folder.parent_path() / "spark"}) {
    if (fs::is_regular_file(place / kJar, ignored)) return place / kJar;
  }
  return "";
}

}  // namespace coulis::cli
