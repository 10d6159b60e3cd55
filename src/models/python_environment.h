// The Python environment that the quantiser runs in.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "coulis/result.h"

namespace coulis::models {

/// A Python with NNCF and OpenVINO: of the environment in `cache`/python, which is made there on first use
/// (with pip: about 150 MB to download, 500 MB on disk) and becomes visible with one rename. It belongs to
/// the pinned requirements and to the Python that it was made with: others get one of their own. The Python
/// is $COULIS_PYTHON when set, else the first of python3, python3.13, … on PATH that will do. `report` gets
/// one line when there is something to do. Errors: kNotFound (no Python that will do), kIo (pip failed: its
/// own last line), kCancelled.
[[nodiscard]] Result<std::filesystem::path> QuantizerPython(
    const std::filesystem::path& cache, const std::function<void(const std::string&)>& report,
    const std::stop_token& stop);

}  // namespace coulis::models
