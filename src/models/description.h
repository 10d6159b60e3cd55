// model.json: a ModelDescription as text (docs/formats.md, "A model").
#pragma once

#include <string>

#include "coulis/model.h"
#include "coulis/result.h"

namespace coulis::models {

/// Reads and checks every value: sizes in range, scale not zero, hashes that look like hashes, file names
/// that stay in the folder. Errors: kBadModel, naming the value.
[[nodiscard]] Result<ModelDescription> ParseDescription(const std::string& json);

[[nodiscard]] std::string WriteDescription(const ModelDescription& model);

/// Whether `name` can be a model's or a file's name: letters, digits, '.', '_', '-', not starting with '.' or
/// '-'.
[[nodiscard]] bool IsPlainName(const std::string& name);

}  // namespace coulis::models
