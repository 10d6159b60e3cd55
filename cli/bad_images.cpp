#include "bad_images.h"

#include <algorithm>
#include <cstdio>

#include "exit_code.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

constexpr std::size_t kShown = 3;

}  // namespace

void PrintBadImages(const std::vector<BadImage>& examples, std::int64_t bad, const std::string& rest) {
  for (std::size_t i = 0; i < std::min(kShown, examples.size()); ++i) {
    std::printf("            %s: %s\n", OneLine(examples[i].path).c_str(),
                OneLine(examples[i].error).c_str());
  }
  if (bad > static_cast<std::int64_t>(kShown)) std::printf("            … %s\n", rest.c_str());
}

int CodeForBad(std::int64_t bad, std::int64_t images, const char* what, double max_bad) {
  const double share = static_cast<double>(bad) / static_cast<double>(images);
  if (share <= max_bad) return kDone;
  char text[160];
  std::snprintf(text, sizeof(text),
                "%.1f %% of the images could not be %s, more than --max-bad allows (%.1f %%)", 100 * share,
                what, 100 * max_bad);
  PrintError(text);
  return kTooManyBad;
}

}  // namespace coulis::cli
