#include "cloud/csv_records.h"

namespace coulis::cloud {

std::string& CsvRecords::Field() {
  if (!in_field_) {
    in_field_ = true;
    if (count_ == fields_.size()) fields_.emplace_back();
    fields_[count_++].clear();
  }
  return fields_[count_ - 1];
}

Result<void> CsvRecords::EndRecord() {
  if (count_ == 0) return {};
  Field();  // After a last comma there is one more, which is empty.
  const std::size_t count = count_;
  count_ = 0;
  bytes_ = 0;
  in_field_ = false;
  return take_(std::span(fields_).first(count));
}

Result<void> CsvRecords::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (++bytes_ > kMostBytes) {
      return Error{ErrorCode::kInvalidArgument, "a line above a megabyte: this is no table of prices"};
    }
    if (quoted_ && !quote_seen_) {
      c == '"' ? void(quote_seen_ = true) : Field().push_back(c);
    } else if (c == '"') {
      if (quote_seen_) Field().push_back(c);
      Field();
      quoted_ = true;
      quote_seen_ = false;
    } else {
      quoted_ = quote_seen_ = false;
      if (c == ',') {
        Field();
        in_field_ = false;
      } else if (c == '\n') {
        if (Result<void> taken = EndRecord(); !taken) return taken;
      } else if (c != '\r') {
        Field().push_back(c);
      }
    }
  }
  return {};
}

Result<void> CsvRecords::End() {
  if (quoted_ && !quote_seen_) {
    return Error{ErrorCode::kInvalidArgument, "the table ends in the middle of a line"};
  }
  return EndRecord();
}

}  // namespace coulis::cloud
