// The images of a Parquet file with a column of bytes. Included by .cpp files of this layer only.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>

#include "store/container.h"

namespace coulis {

/// Reads row group after row group, some rows at a time. A row group that is damaged is left out; the error
/// at the end names it. Errors: as OpenContainer.
[[nodiscard]] Result<std::unique_ptr<Container>> OpenImageTable(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file, ContainerNames names, ContainerOptions options);

}  // namespace coulis
