#include "store/store_version.h"

#include <arrow/config.h>

namespace coulis {

std::string StoreVersion() {
  return "Apache Arrow " + arrow::GetBuildInfo().version_string;
}

}  // namespace coulis
