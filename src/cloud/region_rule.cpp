#include "cloud/region_rule.h"

#include "base/path_text.h"
#include "cloud/embedded_text.h"
#include "store/regions.h"

namespace coulis::cloud {
namespace {

// The list in the rule InEurope of a stack: what stands between the brackets.
std::string AllowedByStacks() {
  const std::string stack = kShipped_storage_yaml;
  const std::size_t rule = stack.find("Assert: !Contains");
  const std::size_t begin = stack.find('[', rule);
  return stack.substr(begin + 1, stack.find(']', begin) - begin - 1);
}

}  // namespace

Result<void> CheckCloudRegion(const std::string& region) {
  const std::string allowed = AllowedByStacks();
  const std::optional<Region> known = FindRegionNamed(region);
  const bool in_eea = known && (known->group == "eu" || known->group == "eea");
  if (in_eea && (", " + allowed + ",").find(", " + region + ",") != std::string::npos) return {};
  const std::string where =
      !known   ? " is in no list of regions here"
      : in_eea ? " (" + known->place + ") is not among the regions of the stacks"
               : " (" + known->place + ", " + known->country + ") lies outside the EU and EEA";
  return Error{ErrorCode::kInvalidArgument, "region " + PathText(region) + where +
                                                ": photographs of people stay where the GDPR holds; choose " +
                                                allowed};
}

}  // namespace coulis::cloud
