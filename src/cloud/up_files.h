// What `up` puts into the bucket before a cluster starts.
#pragma once

#include <filesystem>
#include <string>

#include "cloud/aws.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// `aws s3 cp FILE s3://BUCKET/KEY`.
[[nodiscard]] Result<void> Upload(Aws& aws, const std::filesystem::path& file, const std::string& bucket,
                                  const std::string& key);

/// A new certificate of the nodes; `folder`: of the shipped files. The key stays in no other place.
[[nodiscard]] Result<void> UploadCertificate(Aws& aws, const std::filesystem::path& folder,
                                             const std::string& bucket);

/// A notebook to begin with, beside those that people share, and for EMR's own user, unless that has one.
[[nodiscard]] Result<void> UploadNotebook(Aws& aws, const std::filesystem::path& folder,
                                          const std::string& bucket);

/// The bootstrap script and the wheels that it installs, unless those are there already.
[[nodiscard]] Result<void> UploadNotebookPython(Aws& aws, const std::filesystem::path& folder,
                                                const std::string& bucket);

}  // namespace coulis::cloud
