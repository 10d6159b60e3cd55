#include "store/image_columns.h"

#include <arrow/array/array_nested.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/arrow_text.h"

namespace coulis {
namespace {

constexpr const char* kPath = "path";
constexpr const char* kLabel = "label";
constexpr const char* kBytes = "bytes";

bool HasBytes(const arrow::DataType& type) {
  if (IsBytesType(type)) return true;
  if (type.id() != arrow::Type::STRUCT) return false;
  const auto bytes = static_cast<const arrow::StructType&>(type).GetFieldByName(kBytes);
  return bytes != nullptr && IsBytesType(*bytes->type());
}

std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<std::string> ChooseImage(const arrow::Schema& schema, const std::string& wanted) {
  std::vector<std::string> candidates;
  for (const auto& field : schema.fields()) {
    if (HasBytes(*field->type())) candidates.push_back(field->name());
  }
  const auto has = [&](const std::string& name) {
    return std::find(candidates.begin(), candidates.end(), name) != candidates.end();
  };
  if (!wanted.empty()) {
    if (has(wanted)) return wanted;
    return Error{ErrorCode::kBadImage,
                 "no column \"" + wanted + "\" of bytes (--image-column); there are: " + Listed(candidates)};
  }
  if (candidates.empty()) return Error{ErrorCode::kNotFound, "Parquet without a column of bytes: no images"};
  if (candidates.size() == 1) return candidates.front();
  if (has("image")) return std::string("image");
  return Error{
      ErrorCode::kBadImage,
      "several columns of bytes: name that of the images with --image-column: " + Listed(candidates)};
}

// Names of the numbers in a label column, from what Hugging Face datasets keep in the schema.
std::vector<std::string> LabelNames(const arrow::Schema& schema) {
  if (!schema.metadata()) return {};
  const arrow::Result<std::string> text = schema.metadata()->Get("huggingface");
  if (!text.ok()) return {};
  try {
    const auto json = nlohmann::json::parse(*text);
    return json.at("info").at("features").at(kLabel).at("names").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    return {};  // labels that are numbers, or text
  }
}

}  // namespace

Result<ImageColumns> ImageColumns::Choose(const arrow::Schema& schema, const std::string& wanted) {
  Result<std::string> image = ChooseImage(schema, wanted);
  if (!image) return image.error();
  ImageColumns chosen;
  chosen.image_ = *std::move(image);
  const arrow::DataType& type = *schema.GetFieldByName(chosen.image_)->type();
  chosen.is_struct_ = type.id() == arrow::Type::STRUCT;
  chosen.columns_ = {chosen.image_ + (chosen.is_struct_ ? ".bytes" : "")};
  if (chosen.is_struct_ && static_cast<const arrow::StructType&>(type).GetFieldByName(kPath) != nullptr) {
    chosen.columns_.push_back(chosen.image_ + ".path");
  }
  const auto path = schema.GetFieldByName(kPath);
  if (path != nullptr && IsTextType(*path->type())) chosen.columns_.emplace_back(kPath);
  const auto label = schema.GetFieldByName(kLabel);
  if (label != nullptr && (IsTextType(*label->type()) || arrow::is_integer(label->type()->id()))) {
    chosen.columns_.emplace_back(kLabel);
    chosen.label_names_ = LabelNames(schema);
  }
  return chosen;
}

std::optional<std::string_view> ImageColumns::Bytes(const arrow::RecordBatch& batch, std::int64_t row) const {
  const auto column = batch.GetColumnByName(image_);
  if (column == nullptr || column->IsNull(row)) return std::nullopt;
  if (!is_struct_) return ViewOf(*column, row);
  const auto bytes = static_cast<const arrow::StructArray&>(*column).GetFieldByName(kBytes);
  return bytes == nullptr ? std::nullopt : ViewOf(*bytes, row);
}

std::optional<std::string> ImageColumns::Path(const arrow::RecordBatch& batch, std::int64_t row) const {
  const auto column = batch.GetColumnByName(kPath);
  return column == nullptr ? std::nullopt : TextOf(*column, row);
}

std::optional<std::string> ImageColumns::ImageName(const arrow::RecordBatch& batch, std::int64_t row) const {
  if (!is_struct_) return std::nullopt;
  const auto column = batch.GetColumnByName(image_);
  if (column == nullptr || column->IsNull(row)) return std::nullopt;
  const auto path = static_cast<const arrow::StructArray&>(*column).GetFieldByName(kPath);
  return path == nullptr ? std::nullopt : TextOf(*path, row);
}

std::optional<std::string> ImageColumns::Label(const arrow::RecordBatch& batch, std::int64_t row) const {
  const auto column = batch.GetColumnByName(kLabel);
  std::optional<std::string> label = column == nullptr ? std::nullopt : TextOf(*column, row);
  if (!label || label_names_.empty()) return label;
  const std::size_t number = std::strtoul(label->c_str(), nullptr, 10);
  // -1 says that there is none.
  return number < label_names_.size() && label->front() != '-' ? std::optional(label_names_[number])
                                                               : std::nullopt;
}

}  // namespace coulis
