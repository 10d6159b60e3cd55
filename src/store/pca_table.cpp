#include "store/pca_table.h"

#include <arrow/builder.h>

#include <utility>

#include "store/arrow_errors.h"
#include "store/parquet_file.h"
#include "store/parquet_reader.h"
#include "store/schemas.h"

namespace coulis {

class PcaWriter::Impl {
 public:
  Impl(ParquetFile file, Location name, int k)
      : file_(std::move(file)), name_(std::move(name)), schema_(PcaSchema(k)) {}

  Result<void> Append(std::span<const std::string> path, std::span<const std::optional<std::string>> label,
                      std::span<const float> vectors) {
    std::shared_ptr<arrow::RecordBatch> batch;
    Result<void> built = CallArrow("cannot build rows of", name_, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(batch, Batch(path, label, vectors));
      return arrow::Status::OK();
    });
    if (!built) return built;
    return file_.Write(*batch);
  }

  Result<void> Finish() { return file_.Close(); }

 private:
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Batch(std::span<const std::string> path,
                                                           std::span<const std::optional<std::string>> label,
                                                           std::span<const float> vectors) const {
    arrow::StringBuilder path_builder;
    arrow::StringBuilder label_builder;
    for (const std::string& text : path) ARROW_RETURN_NOT_OK(path_builder.Append(text));
    for (const auto& text : label) {
      ARROW_RETURN_NOT_OK(text ? label_builder.Append(*text) : label_builder.AppendNull());
    }
    auto values = std::make_shared<arrow::FloatBuilder>();
    arrow::FixedSizeListBuilder lists(arrow::default_memory_pool(), values, schema_->field(2)->type());
    for (std::size_t row = 0; row < path.size(); ++row) ARROW_RETURN_NOT_OK(lists.Append());
    ARROW_RETURN_NOT_OK(values->AppendValues(vectors.data(), static_cast<std::int64_t>(vectors.size())));

    arrow::ArrayVector columns(3);
    ARROW_RETURN_NOT_OK(path_builder.Finish(columns.data()));
    ARROW_RETURN_NOT_OK(label_builder.Finish(&columns[1]));
    ARROW_RETURN_NOT_OK(lists.Finish(&columns[2]));
    return arrow::RecordBatch::Make(schema_, static_cast<std::int64_t>(path.size()), std::move(columns));
  }

  ParquetFile file_;
  Location name_;
  std::shared_ptr<arrow::Schema> schema_;
};

Result<PcaWriter> PcaWriter::Create(const Location& file, int k) {
  Result<ParquetFile> created = ParquetFile::Create(file, PcaSchema(k), "pca");
  if (!created) return created.error();
  return PcaWriter(std::make_unique<Impl>(*std::move(created), file, k));
}

PcaWriter::PcaWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PcaWriter::~PcaWriter() = default;
PcaWriter::PcaWriter(PcaWriter&&) noexcept = default;
PcaWriter& PcaWriter::operator=(PcaWriter&&) noexcept = default;

Result<void> PcaWriter::Append(std::span<const std::string> path,
                               std::span<const std::optional<std::string>> label,
                               std::span<const float> vectors) {
  return impl_->Append(path, label, vectors);
}
Result<void> PcaWriter::Finish() {
  return impl_->Finish();
}

class PcaReader::Impl {
 public:
  Impl(ParquetReader file, int k) : file_(std::move(file)), k_(k) {}

  Result<std::optional<PcaBlock>> Next() {
    if (next_group_ == file_.row_groups()) return std::optional<PcaBlock>();
    auto batch = file_.ReadRowGroup(next_group_++, {"path", "label", "pca"});
    if (!batch) return batch.error();
    PcaBlock block;
    block.path = Strings(*(*batch)->column(0));
    block.label = OptionalStrings(*(*batch)->column(1));
    const auto& lists = static_cast<const arrow::FixedSizeListArray&>(*(*batch)->column(2));
    const auto& values = static_cast<const arrow::FloatArray&>(*lists.values());
    const float* first = values.raw_values() + lists.value_offset(0);
    block.vectors.assign(first, first + lists.length() * k_);
    return std::optional(std::move(block));
  }

  ParquetReader file_;
  int k_;

 private:
  int next_group_ = 0;
};

Result<PcaReader> PcaReader::Open(const Location& file) {
  Result<ParquetReader> parquet = ParquetReader::Open(file);
  if (!parquet) return parquet.error();
  const int k = VectorLength(*parquet->schema(), "pca", arrow::Type::FLOAT);
  if (k < 1 || !parquet->schema()->Equals(*PcaSchema(k), /*check_metadata=*/false)) {
    return Error{ErrorCode::kBadResults, file.Text() + " has columns other than docs/formats.md says"};
  }
  return PcaReader(std::make_unique<Impl>(*std::move(parquet), k));
}

PcaReader::PcaReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PcaReader::~PcaReader() = default;
PcaReader::PcaReader(PcaReader&&) noexcept = default;
PcaReader& PcaReader::operator=(PcaReader&&) noexcept = default;

int PcaReader::k() const {
  return impl_->k_;
}
std::int64_t PcaReader::rows() const {
  return impl_->file_.rows();
}
Result<std::optional<PcaBlock>> PcaReader::Next() {
  return impl_->Next();
}

}  // namespace coulis
