#include "store/sample.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/path_text.h"

namespace coulis {
namespace {

std::size_t NameBegin(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? 0 : slash + 1;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The field "label", when it is text or a whole number.
std::string LabelInJson(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto label = json.find("label");
  if (label == json.end()) return {};
  if (label->is_string()) return label->get<std::string>();
  return label->is_number_integer() ? label->dump() : "";
}

}  // namespace

LabelFile LabelFileOf(std::string_view path) {
  if (path.ends_with(".cls")) return LabelFile::kCls;
  return path.ends_with(".json") ? LabelFile::kJson : LabelFile::kNone;
}

std::string_view WithoutExtension(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || dot < NameBegin(path) ? path : path.substr(0, dot);
}

std::string_view SampleKey(std::string_view path) {
  const std::size_t dot = path.find('.', NameBegin(path));
  return path.substr(0, dot);
}

void Sample::AddLabel(LabelFile kind, std::string_view path, std::string_view text) {
  const std::string label = kind == LabelFile::kCls ? std::string(Trimmed(text)) : LabelInJson(text);
  if (label.empty() || !IsUtf8(label)) return;
  Labels& labels = kind == LabelFile::kCls ? cls_ : json_;
  labels.insert_or_assign(std::string(WithoutExtension(path)), label);
}

const std::string* Sample::Find(const Labels& labels, std::string_view path) {
  auto found = labels.find(WithoutExtension(path));
  if (found == labels.end()) found = labels.find(SampleKey(path));
  return found == labels.end() ? nullptr : &found->second;
}

void Sample::AddImage(std::string path, Member image) {
  if (image.bytes) bytes_ += static_cast<std::int64_t>(image.bytes->size());
  const std::string* label = Find(cls_, path);
  if (label != nullptr) image.label = *label;
  images_.push_back({std::move(path), std::move(image), label != nullptr});
}

void Sample::GiveOut(std::deque<Member>& ready) {
  for (Image& image : images_) {
    const std::string* label = image.has_label ? nullptr : Find(cls_, image.path);
    if (!image.has_label && label == nullptr) label = Find(json_, image.path);
    if (label != nullptr) image.member.label = *label;
    ready.push_back(std::move(image.member));
  }
  *this = Sample();
}

}  // namespace coulis
