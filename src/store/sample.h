// What belongs together in a WebDataset shard: files of one name but for the extension, one after another.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/container.h"

namespace coulis {

/// Files of a sample that may carry its label.
enum class LabelFile { kNone, kCls, kJson };

/// By the extension: KEY.cls, KEY.json.
[[nodiscard]] LabelFile LabelFileOf(std::string_view path);

/// The path without the last extension of its name.
[[nodiscard]] std::string_view WithoutExtension(std::string_view path);

/// WebDataset's key of a member: its path up to the first dot of its name.
[[nodiscard]] std::string_view SampleKey(std::string_view path);

/// The images of one sample, until all its files have been seen. The label of an image is the text of the
/// .cls file of its name (a.b.cls for a.b.jpg) or else of its key (a.cls), the last such before it, or else
/// one after it; without one the "label" of such a .json; without one what its member says. Not thread-safe.
class Sample {
 public:
  [[nodiscard]] bool Has(std::string_view path) const { return key_ == SampleKey(path); }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

  /// Begins the sample that `path` belongs to. The one before must have been given out.
  void Begin(std::string_view path) { key_ = SampleKey(path); }

  /// `path`: inside the container. Text that is no label (empty, not UTF-8, no JSON) is passed over.
  void AddLabel(LabelFile kind, std::string_view path, std::string_view text);
  void AddImage(std::string path, Member image);

  /// Moves the images to `ready` and ends the sample.
  void GiveOut(std::deque<Member>& ready);

 private:
  using Labels = std::map<std::string, std::string, std::less<>>;
  struct Image {
    std::string path;
    Member member;
    bool has_label;
  };

  static const std::string* Find(const Labels& labels, std::string_view path);

  std::string key_;
  Labels cls_;
  Labels json_;
  std::vector<Image> images_;
  std::int64_t bytes_ = 0;
};

}  // namespace coulis
