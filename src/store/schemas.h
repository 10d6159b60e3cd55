// The Arrow schemas of a result (docs/formats.md). Included by .cpp files of this layer only.
#pragma once

#include <arrow/type.h>

#include <memory>

namespace coulis {

/// A vector column: fixed_size_list<float>[length]; Spark reads it as array<float>.
inline std::shared_ptr<arrow::DataType> VectorType(int length,
                                                   const std::shared_ptr<arrow::DataType>& element) {
  return arrow::fixed_size_list(arrow::field("element", element, /*nullable=*/false), length);
}

inline std::shared_ptr<arrow::Schema> FeatureSchema(int length) {
  return arrow::schema({
      arrow::field("path", arrow::utf8(), /*nullable=*/false),
      arrow::field("label", arrow::utf8()),
      arrow::field("features", VectorType(length, arrow::float32())),
      arrow::field("error", arrow::utf8()),
      arrow::field("width", arrow::int32()),
      arrow::field("height", arrow::int32()),
  });
}

inline std::shared_ptr<arrow::Schema> PcaSchema(int k) {
  return arrow::schema({
      arrow::field("path", arrow::utf8(), /*nullable=*/false),
      arrow::field("label", arrow::utf8()),
      arrow::field("pca", VectorType(k, arrow::float32()), /*nullable=*/false),
  });
}

}  // namespace coulis
