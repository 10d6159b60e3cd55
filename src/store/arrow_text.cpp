#include "store/arrow_text.h"

#include <arrow/scalar.h>

namespace coulis {
namespace {

template <typename ArrayType>
std::string_view View(const arrow::Array& column, std::int64_t row) {
  return static_cast<const ArrayType&>(column).GetView(row);
}

}  // namespace

bool IsBytesType(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::FIXED_SIZE_BINARY || type.id() == arrow::Type::BINARY_VIEW;
}

bool IsTextType(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return IsTextType(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

std::optional<std::string_view> ViewOf(const arrow::Array& column, std::int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  switch (column.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return View<arrow::BinaryArray>(column, row);
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return View<arrow::LargeBinaryArray>(column, row);
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
      return View<arrow::BinaryViewArray>(column, row);
    case arrow::Type::FIXED_SIZE_BINARY:
      return View<arrow::FixedSizeBinaryArray>(column, row);
    case arrow::Type::DICTIONARY: {
      const auto& indexed = static_cast<const arrow::DictionaryArray&>(column);
      return ViewOf(*indexed.dictionary(), indexed.GetValueIndex(row));
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::string> TextOf(const arrow::Array& column, std::int64_t row) {
  if (IsTextType(*column.type())) {
    const std::optional<std::string_view> view = ViewOf(column, row);
    return view ? std::optional<std::string>(*view) : std::nullopt;
  }
  if (column.IsNull(row) || !arrow::is_integer(column.type_id())) return std::nullopt;
  const arrow::Result<std::shared_ptr<arrow::Scalar>> scalar = column.GetScalar(row);
  return scalar.ok() ? std::optional((*scalar)->ToString()) : std::nullopt;
}

}  // namespace coulis
