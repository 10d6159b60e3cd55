// RESULTS/pca_model: enough to project new images, in Parquet that any tool reads (docs/formats.md).
#pragma once

#include "coulis/pca.h"
#include "coulis/result.h"
#include "store/location.h"

namespace coulis {

/// Writes scaler.parquet and components.parquet into `folder`, which exists.
[[nodiscard]] Result<void> WritePcaModel(const PcaModel& model, const Location& folder);

/// Errors: kNotFound, kIo, kBadResults.
[[nodiscard]] Result<PcaModel> ReadPcaModel(const Location& folder);

}  // namespace coulis
