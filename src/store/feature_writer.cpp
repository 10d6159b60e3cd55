#include "store/feature_writer.h"

#include <arrow/builder.h>

#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

#include "store/arrow_errors.h"
#include "store/parquet_file.h"
#include "store/schemas.h"

namespace coulis {
namespace {

std::int64_t BytesOf(const FeatureRow& row) {
  constexpr std::size_t kSizeColumns = 2 * sizeof(std::int32_t);
  const std::size_t text =
      row.path.size() + (row.label ? row.label->size() : 0) + (row.error ? row.error->size() : 0);
  return static_cast<std::int64_t>(row.features.size() * sizeof(float) + text + kSizeColumns);
}

arrow::Status AppendOptional(arrow::StringBuilder& builder, const std::optional<std::string>& text) {
  return text ? builder.Append(*text) : builder.AppendNull();
}

}  // namespace

class FeatureWriter::Impl {
 public:
  Impl(Location folder, int feature_length, PartLimits limits, int first_part)
      : folder_(std::move(folder)),
        limits_(limits),
        next_part_(first_part),
        schema_(FeatureSchema(feature_length)),
        values_(std::make_shared<arrow::FloatBuilder>()),
        features_(arrow::default_memory_pool(), values_, schema_->field(2)->type()) {}

  Result<void> Append(const FeatureRow& row) {
    Result<void> added = CallArrow("cannot buffer a row of", folder_, [&] { return AddToGroup(row); });
    if (!added) return added;
    const std::int64_t bytes = BytesOf(row);
    ++group_rows_;
    group_bytes_ += bytes;
    ++part_rows_;
    part_bytes_ += bytes;
    if (row.error) ++part_bad_;
    if (part_rows_ >= limits_.rows || part_bytes_ >= limits_.bytes) return FinishPart();
    if (group_rows_ >= kRowsPerGroup || group_bytes_ >= kBytesPerGroup) return WriteGroup();
    return {};
  }

  Result<void> FinishPart() {
    if (part_rows_ == 0) return {};
    if (Result<void> written = WriteGroup(); !written) return written;
    if (Result<void> closed = file_->Close(); !closed) return closed;
    file_.reset();
    parts_.push_back({PartName(next_part_), part_rows_, part_bad_});
    part_rows_ = 0;
    part_bytes_ = 0;
    part_bad_ = 0;
    ++next_part_;
    return {};
  }

  [[nodiscard]] const std::vector<PartRecord>& parts() const { return parts_; }

 private:
  arrow::Status AddToGroup(const FeatureRow& row) {
    ARROW_RETURN_NOT_OK(path_.Append(row.path));
    ARROW_RETURN_NOT_OK(AppendOptional(label_, row.label));
    ARROW_RETURN_NOT_OK(AppendOptional(error_, row.error));
    ARROW_RETURN_NOT_OK(row.size ? width_.Append(row.size->width) : width_.AppendNull());
    ARROW_RETURN_NOT_OK(row.size ? height_.Append(row.size->height) : height_.AppendNull());
    if (row.error) return features_.AppendNull();
    ARROW_RETURN_NOT_OK(features_.Append());
    return values_->AppendValues(row.features.data(), static_cast<std::int64_t>(row.features.size()));
  }

  Result<void> WriteGroup() {
    if (group_rows_ == 0) return {};
    if (!file_) {
      Result<ParquetFile> created = ParquetFile::Create(folder_ / PartName(next_part_), schema_, "features");
      if (!created) return created.error();
      file_ = *std::move(created);
    }
    std::shared_ptr<arrow::RecordBatch> batch;
    Result<void> built = CallArrow("cannot build rows of", folder_, [&]() -> arrow::Status {
      arrow::ArrayVector columns(6);
      arrow::ArrayBuilder* builders[] = {&path_, &label_, &features_, &error_, &width_, &height_};
      for (std::size_t i = 0; i < columns.size(); ++i) ARROW_RETURN_NOT_OK(builders[i]->Finish(&columns[i]));
      batch = arrow::RecordBatch::Make(schema_, group_rows_, std::move(columns));
      return arrow::Status::OK();
    });
    if (!built) return built;
    group_rows_ = 0;
    group_bytes_ = 0;
    return file_->Write(*batch);
  }

  Location folder_;
  PartLimits limits_;
  int next_part_;
  std::int64_t group_rows_ = 0;
  std::int64_t group_bytes_ = 0;
  std::int64_t part_rows_ = 0;
  std::int64_t part_bytes_ = 0;
  std::int64_t part_bad_ = 0;
  std::vector<PartRecord> parts_;
  std::optional<ParquetFile> file_;

  std::shared_ptr<arrow::Schema> schema_;
  arrow::StringBuilder path_;
  arrow::StringBuilder label_;
  std::shared_ptr<arrow::FloatBuilder> values_;
  arrow::FixedSizeListBuilder features_;
  arrow::StringBuilder error_;
  arrow::Int32Builder width_;
  arrow::Int32Builder height_;
};

FeatureWriter::FeatureWriter(Location folder, int feature_length, PartLimits limits, int first_part)
    : impl_(std::make_unique<Impl>(std::move(folder), feature_length, limits, first_part)) {}
FeatureWriter::~FeatureWriter() = default;
FeatureWriter::FeatureWriter(FeatureWriter&&) noexcept = default;
FeatureWriter& FeatureWriter::operator=(FeatureWriter&&) noexcept = default;

Result<void> FeatureWriter::Append(const FeatureRow& row) {
  return impl_->Append(row);
}
Result<void> FeatureWriter::Finish() {
  return impl_->FinishPart();
}
const std::vector<PartRecord>& FeatureWriter::parts() const {
  return impl_->parts();
}

std::string PartName(int number) {
  char name[32];
  std::snprintf(name, sizeof(name), "part-%05d.parquet", number);
  return name;
}

int PartNumber(const Location& file) {
  const std::string name = file.Name();
  constexpr std::size_t kPrefix = std::string_view("part-").size();
  int number = -1;
  if (name.size() > kPrefix) std::from_chars(name.data() + kPrefix, name.data() + name.size(), number);
  return number >= 0 && PartName(number) == name ? number : -1;
}

}  // namespace coulis
