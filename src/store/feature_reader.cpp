#include "store/feature_reader.h"

#include <utility>

#include "store/parquet_reader.h"
#include "store/schemas.h"

namespace coulis {

class FeatureReader::Impl {
 public:
  Impl(ParquetReader file, int length, Columns columns)
      : file_(std::move(file)), length_(length), columns_(columns) {}

  Result<std::optional<FeatureBlock>> Next() {
    if (next_group_ == file_.row_groups()) return std::optional<FeatureBlock>();
    std::vector<std::string> names = {"path", "error"};
    // Width and height as well: what is read is checked.
    if (columns_ == Columns::kAll) names = {"path", "label", "features", "error", "width", "height"};
    auto batch = file_.ReadRowGroup(next_group_++, names);
    if (!batch) return batch.error();
    return std::optional(Unpack(**batch));
  }

  ParquetReader file_;
  int length_;

 private:
  [[nodiscard]] FeatureBlock Unpack(const arrow::RecordBatch& batch) const {
    FeatureBlock block;
    block.path = Strings(*batch.GetColumnByName("path"));
    block.error = OptionalStrings(*batch.GetColumnByName("error"));
    if (columns_ != Columns::kAll) return block;
    block.label = OptionalStrings(*batch.GetColumnByName("label"));

    const auto& lists = static_cast<const arrow::FixedSizeListArray&>(*batch.GetColumnByName("features"));
    const auto& values = static_cast<const arrow::FloatArray&>(*lists.values());
    for (std::int64_t row = 0; row < lists.length(); ++row) {
      if (!lists.IsValid(row)) continue;
      const float* first = values.raw_values() + lists.value_offset(row);
      block.good.push_back(static_cast<std::size_t>(row));
      block.features.insert(block.features.end(), first, first + length_);
    }
    return block;
  }

  Columns columns_;
  int next_group_ = 0;
};

Result<FeatureReader> FeatureReader::Open(const Location& file, Columns columns) {
  Result<ParquetReader> parquet = ParquetReader::Open(file);
  if (!parquet) return parquet.error();
  const int length = VectorLength(*parquet->schema(), "features", arrow::Type::FLOAT);
  if (length < 1 || !parquet->schema()->Equals(*FeatureSchema(length), /*check_metadata=*/false)) {
    return Error{ErrorCode::kBadResults, file.Text() + " has columns other than docs/formats.md says"};
  }
  return FeatureReader(std::make_unique<Impl>(*std::move(parquet), length, columns));
}

FeatureReader::FeatureReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FeatureReader::~FeatureReader() = default;
FeatureReader::FeatureReader(FeatureReader&&) noexcept = default;
FeatureReader& FeatureReader::operator=(FeatureReader&&) noexcept = default;

int FeatureReader::feature_length() const {
  return impl_->length_;
}
std::int64_t FeatureReader::rows() const {
  return impl_->file_.rows();
}
Result<std::optional<FeatureBlock>> FeatureReader::Next() {
  return impl_->Next();
}

}  // namespace coulis
