#include "cloud/shipped_files.h"

#include <array>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "cloud/embedded_text.h"
#include "coulis/cloud.h"

namespace coulis {
namespace fs = std::filesystem;

namespace cloud {

const std::vector<std::string>& StackOrder() {
  static const std::vector<std::string> order = {"storage",  "access",  "network",
                                                 "security", "cluster", "serverless"};
  return order;
}

Result<void> WriteShippedFiles(const fs::path& folder) {
  const std::array<std::pair<const char*, const char*>, 12> files = {{
      {"storage.yaml", kShipped_storage_yaml},
      {"access.yaml", kShipped_access_yaml},
      {"network.yaml", kShipped_network_yaml},
      {"security.yaml", kShipped_security_yaml},
      {"cluster.yaml", kShipped_cluster_yaml},
      {"serverless.yaml", kShipped_serverless_yaml},
      {"settings.json", kShipped_settings_json},
      {"bootstrap", kShipped_bootstrap},
      {"certificate", kShipped_certificate},
      {"notebook.txt", kShipped_notebook_txt},
      {"coulis.ipynb", kShipped_coulis_ipynb},
      {"prices.csv", kShipped_prices_csv},
  }};
  if (Result<void> made = MakeFolder(folder); !made) return made;
  for (const auto& [name, text] : files) {
    if (Result<void> written = WriteFileDurably(folder / name, text); !written) return written;
  }
  for (const char* script : {"bootstrap", "certificate"}) {
    std::error_code failure;
    fs::permissions(folder / script, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read,
                    failure);
    if (failure) return Error{ErrorCode::kIo, "cannot make " + (folder / script).string() + " a program"};
  }
  return {};
}

}  // namespace cloud

Result<void> WriteCloudTemplates(const fs::path& folder) {
  return cloud::WriteShippedFiles(folder);
}

}  // namespace coulis
