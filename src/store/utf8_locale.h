// The encoding of names while libarchive works.
#pragma once

#include <clocale>

namespace coulis {

/// libarchive turns names into the locale's encoding, and those of a zip are lost where that cannot hold
/// them. While this lives, the calling thread's is UTF-8, if the system has such a locale.
class Utf8Locale {
 public:
  Utf8Locale() {
    // Made once: that takes longer than to read a header.
    static const locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kUtf8 != nullptr) before_ = ::uselocale(kUtf8);
  }
  ~Utf8Locale() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_ = nullptr;
};

}  // namespace coulis
