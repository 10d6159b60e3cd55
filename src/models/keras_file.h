// `coulis models import FILE.h5`: weights that Keras saved, as an installed model.
#pragma once

#include <string>

#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis::models {

/// Whether a file of this name is weights of Keras: .h5, .hdf5.
[[nodiscard]] bool IsKerasFile(const std::filesystem::path& file);

/// Reads options.file as the weights of options.arch, and installs it as `name`. Errors: as `ImportModel`.
[[nodiscard]] Result<Model> ImportKerasFile(const ImportOptions& options, const std::string& name);

}  // namespace coulis::models
