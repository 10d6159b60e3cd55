// Values of Arrow columns of any type that holds bytes or text. Included by .cpp files of this layer only.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coulis {

/// binary, large_binary, fixed_size_binary, binary_view.
[[nodiscard]] bool IsBytesType(const arrow::DataType& type);

/// utf8, large_utf8, utf8_view, also behind a dictionary.
[[nodiscard]] bool IsTextType(const arrow::DataType& type);

/// A value of a column of bytes or text, valid while the column is; empty when it is null or of another type.
[[nodiscard]] std::optional<std::string_view> ViewOf(const arrow::Array& column, std::int64_t row);

/// A value of a column of text, or of whole numbers as text; empty when it is null or of another type.
[[nodiscard]] std::optional<std::string> TextOf(const arrow::Array& column, std::int64_t row);

}  // namespace coulis
