// A prefix of a bucket, page by page.
#include <utility>

#include "store/bucket.h"
#include "store/walk.h"

namespace coulis {
namespace {

bool IsHidden(const std::string& below) {
  return below.starts_with('.') || below.find("/.") != std::string::npos;
}

class BucketWalk : public Walk {
 public:
  explicit BucketWalk(Location folder) : folder_(std::move(folder)) {
    if (!folder_.path().empty()) prefix_ = folder_.path().native() + "/";
  }

  Result<std::optional<WalkedFile>> Next() override {
    while (true) {
      for (; place_ < page_.objects.size(); ++place_) {
        const ObjectInfo& object = page_.objects[place_];
        // What ends with a slash stands for a folder: other tools make such objects.
        if (object.key.ends_with('/')) continue;
        std::string below = object.key.substr(prefix_.size());
        if (IsHidden(below)) {
          AddHidden();
          continue;
        }
        ++place_;
        return std::optional(
            WalkedFile{.below = std::move(below), .bytes = object.bytes, .error = std::nullopt});
      }
      if (begun_ && page_.next.empty()) return std::optional<WalkedFile>();
      Result<ListPage> page = folder_.bucket()->List(prefix_, "", page_.next);
      if (!page) return page.error();
      page_ = *std::move(page);
      place_ = 0;
      begun_ = true;
    }
  }

 private:
  const Location folder_;
  std::string prefix_;
  ListPage page_;
  std::size_t place_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Walk> WalkBucket(const Location& folder) {
  return std::make_unique<BucketWalk>(folder);
}

}  // namespace coulis
