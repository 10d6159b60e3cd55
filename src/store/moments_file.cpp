#include "store/moments_file.h"

#include <arrow/builder.h>
#include <arrow/util/key_value_metadata.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "store/arrow_errors.h"
#include "store/parquet_file.h"
#include "store/parquet_reader.h"

namespace coulis {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFile = "moments.parquet";
constexpr const char* kCountKey = "coulis.rows";
constexpr const char* kPartsKey = "coulis.parts";

// One row per feature. Row i of `co_moments` has i + 1 numbers: the lower triangle.
std::shared_ptr<arrow::Schema> MomentsSchema() {
  const auto element = arrow::field("element", arrow::float64(), /*nullable=*/false);
  return arrow::schema({arrow::field("mean", arrow::float64(), /*nullable=*/false),
                        arrow::field("co_moments", arrow::list(element), /*nullable=*/false)});
}

std::string PartsText(const std::vector<PartStamp>& parts) {
  Json list = Json::array();
  for (const PartStamp& part : parts) list.push_back({{"file", part.file}, {"bytes", part.bytes}});
  return list.dump();
}

std::optional<std::vector<PartStamp>> PartsFrom(const std::string& text) {
  try {
    std::vector<PartStamp> parts;
    for (const Json& part : Json::parse(text)) {
      parts.push_back({part.at("file").get<std::string>(), part.at("bytes").get<std::int64_t>()});
    }
    return parts;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> ToBatch(const Moments& moments,
                                                           const std::shared_ptr<arrow::Schema>& schema) {
  arrow::DoubleBuilder mean;
  ARROW_RETURN_NOT_OK(mean.AppendValues(moments.mean()));
  auto values = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder rows(arrow::default_memory_pool(), values, schema->field(1)->type());
  for (int i = 0; i < moments.dims(); ++i) {
    ARROW_RETURN_NOT_OK(rows.Append());
    const double* row = moments.co_moments().data() + static_cast<std::ptrdiff_t>(i) * moments.dims();
    ARROW_RETURN_NOT_OK(values->AppendValues(row, i + 1));
  }
  ARROW_ASSIGN_OR_RAISE(auto mean_column, mean.Finish());
  ARROW_ASSIGN_OR_RAISE(auto rows_column, rows.Finish());
  return arrow::RecordBatch::Make(schema, moments.dims(), arrow::ArrayVector{mean_column, rows_column});
}

// Nothing when the rows do not make a triangle.
std::optional<Moments> FromBatch(const arrow::RecordBatch& batch, std::int64_t count) {
  const auto& means = static_cast<const arrow::DoubleArray&>(*batch.column(0));
  const auto& rows = static_cast<const arrow::ListArray&>(*batch.column(1));
  const auto& values = static_cast<const arrow::DoubleArray&>(*rows.values());
  const auto dims = static_cast<std::size_t>(batch.num_rows());
  std::vector<double> co_moments(dims * dims);
  for (std::size_t i = 0; i < dims; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (rows.value_length(row) != row + 1) return std::nullopt;
    const double* first = values.raw_values() + rows.value_offset(row);
    std::copy(first, first + i + 1, co_moments.begin() + static_cast<std::ptrdiff_t>(i * dims));
  }
  std::vector<double> mean(means.raw_values(), means.raw_values() + means.length());
  return Moments(count, std::move(mean), std::move(co_moments));
}

std::int64_t CountFrom(const std::string& text) {
  std::int64_t count = -1;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Error Damaged(const Location& file) {
  return {ErrorCode::kBadResults, file.Text() + " does not hold moments as docs/formats.md says"};
}

}  // namespace

Result<PartStamp> StampOf(const Location& part) {
  const Result<std::int64_t> bytes = FileSize(part);
  if (!bytes) return bytes.error();
  return PartStamp{part.Name(), *bytes};
}

Result<void> WriteMoments(const PartsMoments& moments, const Location& folder) {
  const Location file = folder / kFile;
  const auto schema = MomentsSchema()->WithMetadata(arrow::key_value_metadata(
      {kCountKey, kPartsKey}, {std::to_string(moments.moments.count()), PartsText(moments.parts)}));
  const auto batch = ToBatch(moments.moments, schema);
  if (!batch.ok()) return ArrowError("cannot build", file, batch.status());
  Result<ParquetFile> created = ParquetFile::Create(file, schema, "co_moments");
  if (!created) return created.error();
  if (Result<void> written = created->Write(**batch); !written) return written;
  return created->Close();
}

Result<PartsMoments> ReadMoments(const Location& folder) {
  const Location file = folder / kFile;
  Result<ParquetReader> reader = ParquetReader::Open(file);
  if (!reader) return reader.error();
  const auto metadata = reader->schema()->metadata();
  if (!reader->schema()->Equals(*MomentsSchema(), /*check_metadata=*/false) || reader->row_groups() != 1 ||
      !metadata) {
    return Damaged(file);
  }
  const std::int64_t count = CountFrom(metadata->Get(kCountKey).ValueOr(""));
  auto parts = PartsFrom(metadata->Get(kPartsKey).ValueOr(""));
  if (count < 0 || !parts) return Damaged(file);
  auto batch = reader->ReadRowGroup(0, {"mean", "co_moments"});
  if (!batch) return batch.error();
  auto moments = FromBatch(**batch, count);
  if (!moments) return Damaged(file);
  return PartsMoments{*std::move(moments), *std::move(parts)};
}

}  // namespace coulis
