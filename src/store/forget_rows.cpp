#include "store/forget_rows.h"

#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>

#include <optional>
#include <utility>
#include <vector>

#include "store/arrow_errors.h"
#include "store/parquet_file.h"
#include "store/parquet_reader.h"

namespace coulis {
namespace {

// [first, second) of rows that stay.
using Run = std::pair<std::int64_t, std::int64_t>;

std::vector<Run> RunsThatStay(const arrow::RecordBatch& batch, const std::unordered_set<std::string>& paths,
                              std::unordered_set<std::string>& met) {
  const std::vector<std::string> names = Strings(*batch.GetColumnByName("path"));
  std::vector<Run> runs;
  for (std::int64_t row = 0; row < std::ssize(names); ++row) {
    const std::string& name = names[static_cast<std::size_t>(row)];
    if (paths.contains(name)) {
      met.insert(name);
    } else if (!runs.empty() && runs.back().second == row) {
      ++runs.back().second;
    } else {
      runs.emplace_back(row, row + 1);
    }
  }
  return runs;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Only(const arrow::RecordBatch& batch,
                                                        const std::vector<Run>& runs) {
  arrow::ArrayVector columns;
  std::int64_t rows = 0;
  for (const auto& [first, end] : runs) rows += end - first;
  for (const auto& column : batch.columns()) {
    arrow::ArrayVector pieces;
    for (const auto& [first, end] : runs) pieces.push_back(column->Slice(first, end - first));
    ARROW_ASSIGN_OR_RAISE(auto joined, arrow::Concatenate(pieces));
    columns.push_back(std::move(joined));
  }
  return arrow::RecordBatch::Make(batch.schema(), rows, std::move(columns));
}

std::int64_t BadRows(const arrow::RecordBatch& batch) {
  const auto errors = batch.GetColumnByName("error");
  return errors ? errors->length() - errors->null_count() : 0;
}

// The first row that stays makes the file.
Result<void> Write(std::optional<ParquetFile>& file, const Location& to, const arrow::RecordBatch& batch,
                   const std::shared_ptr<arrow::Schema>& schema) {
  if (!file) {
    const bool features = schema->GetFieldIndex("features") >= 0;
    Result<ParquetFile> created = ParquetFile::Create(to, schema, features ? "features" : "pca");
    if (!created) return created.error();
    file = *std::move(created);
  }
  return file->Write(batch);
}

}  // namespace

Result<CopiedPart> CopyWithout(const Location& from, const Location& to,
                               const std::unordered_set<std::string>& paths,
                               std::unordered_set<std::string>& met) {
  Result<ParquetReader> reader = ParquetReader::Open(from);
  if (!reader) return reader.error();
  const std::vector<std::string> columns = reader->schema()->field_names();
  if (reader->schema()->GetFieldIndex("path") < 0) {
    return Error{ErrorCode::kBadResults, from.Text() + " has no column path"};
  }
  CopiedPart copied{{from.Name(), 0, 0}, 0};
  std::optional<ParquetFile> file;
  for (int group = 0; group < reader->row_groups(); ++group) {
    Result<std::shared_ptr<arrow::RecordBatch>> batch = reader->ReadRowGroup(group, columns);
    if (!batch) return batch.error();
    const std::vector<Run> runs = RunsThatStay(**batch, paths, met);
    std::shared_ptr<arrow::RecordBatch> left;
    if (!runs.empty()) {
      Result<void> taken = CallArrow("cannot take rows of", from, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(left, Only(**batch, runs));
        return arrow::Status::OK();
      });
      if (!taken) return taken.error();
      if (Result<void> written = Write(file, to, *left, reader->schema()); !written) return written.error();
      copied.left.rows += left->num_rows();
      copied.left.bad += BadRows(*left);
    }
    copied.removed += (*batch)->num_rows() - (left ? left->num_rows() : 0);
  }
  if (file) {
    if (Result<void> closed = file->Close(); !closed) return closed.error();
  }
  return copied;
}

}  // namespace coulis
