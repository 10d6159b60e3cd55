#include "store/pca_model_files.h"

#include <arrow/builder.h>
#include <arrow/util/key_value_metadata.h>

#include <cstdlib>

#include "store/arrow_errors.h"
#include "store/parquet_file.h"
#include "store/parquet_reader.h"
#include "store/schemas.h"

namespace coulis {
namespace {

constexpr const char* kScalerFile = "scaler.parquet";
constexpr const char* kComponentsFile = "components.parquet";
constexpr const char* kCountKey = "coulis.fitted_rows";

// One row per feature.
std::shared_ptr<arrow::Schema> ScalerSchema() {
  return arrow::schema({arrow::field("mean", arrow::float64(), /*nullable=*/false),
                        arrow::field("scale", arrow::float64(), /*nullable=*/false)});
}

// One row per component, by falling variance.
std::shared_ptr<arrow::Schema> ComponentsSchema(int dims) {
  return arrow::schema({
      arrow::field("explained_variance", arrow::float64(), /*nullable=*/false),
      arrow::field("explained_variance_ratio", arrow::float64(), /*nullable=*/false),
      arrow::field("component", VectorType(dims, arrow::float64()), /*nullable=*/false),
  });
}

arrow::Result<std::shared_ptr<arrow::Array>> Doubles(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(values));
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> Vectors(const std::vector<double>& values, int length) {
  ARROW_ASSIGN_OR_RAISE(auto flat, Doubles(values));
  return arrow::FixedSizeListArray::FromArrays(flat, VectorType(length, arrow::float64()));
}

std::vector<double> DoublesOf(const arrow::Array& column) {
  const auto& values = static_cast<const arrow::DoubleArray&>(column);
  return {values.raw_values(), values.raw_values() + values.length()};
}

Result<void> WriteTable(const Location& file, const std::shared_ptr<arrow::Schema>& schema,
                        const arrow::Result<arrow::ArrayVector>& columns) {
  if (!columns.ok()) return ArrowError("cannot build", file, columns.status());
  Result<ParquetFile> created = ParquetFile::Create(file, schema, "component");
  if (!created) return created.error();
  const std::int64_t rows = columns->front()->length();
  if (Result<void> written = created->Write(*arrow::RecordBatch::Make(schema, rows, *columns)); !written) {
    return written;
  }
  return created->Close();
}

arrow::Result<arrow::ArrayVector> ScalerColumns(const PcaModel& model) {
  ARROW_ASSIGN_OR_RAISE(auto mean, Doubles(model.mean));
  ARROW_ASSIGN_OR_RAISE(auto scale, Doubles(model.scale));
  return arrow::ArrayVector{mean, scale};
}

arrow::Result<arrow::ArrayVector> ComponentColumns(const PcaModel& model) {
  ARROW_ASSIGN_OR_RAISE(auto variance, Doubles(model.explained_variance));
  ARROW_ASSIGN_OR_RAISE(auto ratio, Doubles(model.explained_variance_ratio));
  ARROW_ASSIGN_OR_RAISE(auto component, Vectors(model.components, model.dims));
  return arrow::ArrayVector{variance, ratio, component};
}

Error Damaged(const Location& file) {
  return {ErrorCode::kBadResults, file.Text() + " is not a PCA model as docs/formats.md says"};
}

Result<void> ReadScaler(const Location& file, PcaModel& model) {
  Result<ParquetReader> reader = ParquetReader::Open(file);
  if (!reader) return reader.error();
  const auto metadata = reader->schema()->metadata();
  if (!reader->schema()->Equals(*ScalerSchema(), /*check_metadata=*/false) || reader->row_groups() != 1 ||
      !metadata || !metadata->Contains(kCountKey)) {
    return Damaged(file);
  }
  auto batch = reader->ReadRowGroup(0, {"mean", "scale"});
  if (!batch) return batch.error();
  model.count = std::atoll(metadata->Get(kCountKey).ValueOr("0").c_str());
  model.mean = DoublesOf(*(*batch)->column(0));
  model.scale = DoublesOf(*(*batch)->column(1));
  model.dims = static_cast<int>(model.mean.size());
  return {};
}

Result<void> ReadComponents(const Location& file, PcaModel& model) {
  Result<ParquetReader> reader = ParquetReader::Open(file);
  if (!reader) return reader.error();
  if (!reader->schema()->Equals(*ComponentsSchema(model.dims), /*check_metadata=*/false) ||
      reader->row_groups() != 1) {
    return Damaged(file);
  }
  auto batch = reader->ReadRowGroup(0, {"explained_variance", "explained_variance_ratio", "component"});
  if (!batch) return batch.error();
  model.explained_variance = DoublesOf(*(*batch)->column(0));
  model.explained_variance_ratio = DoublesOf(*(*batch)->column(1));
  const auto& lists = static_cast<const arrow::FixedSizeListArray&>(*(*batch)->column(2));
  model.components = DoublesOf(*lists.values());
  model.k = static_cast<int>(lists.length());
  return {};
}

}  // namespace

Result<void> WritePcaModel(const PcaModel& model, const Location& folder) {
  const auto scaler_schema =
      ScalerSchema()->WithMetadata(arrow::key_value_metadata({kCountKey}, {std::to_string(model.count)}));
  Result<void> scaler = WriteTable(folder / kScalerFile, scaler_schema, ScalerColumns(model));
  if (!scaler) return scaler;
  return WriteTable(folder / kComponentsFile, ComponentsSchema(model.dims), ComponentColumns(model));
}

Result<PcaModel> ReadPcaModel(const Location& folder) {
  PcaModel model;
  if (Result<void> read = ReadScaler(folder / kScalerFile, model); !read) return read.error();
  if (Result<void> read = ReadComponents(folder / kComponentsFile, model); !read) return read.error();
  return model;
}

}  // namespace coulis
