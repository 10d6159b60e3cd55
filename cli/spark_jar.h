// Where coulis-spark.jar is.
#pragma once

#include <string>

namespace coulis::cli {

/// $COULIS_JAR, beside the program, in the share folder of its installation, or in its build; empty where
/// there is none.
[[nodiscard]] std::string FindSparkJar();

}  // namespace coulis::cli
