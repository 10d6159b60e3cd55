#include <memory>

#include "cloud_flags.h"
#include "exit_code.h"

namespace coulis::cli {

void AddCloudPricesCommand(CLI::App& cloud, int& exit_code) {
  CLI::App* command =
      cloud.add_subcommand("prices", "Write the table of prices with what AWS's public lists say today");
  struct Flags {
    CloudOptions cloud;
    PriceRefreshOptions refresh;
  };
  auto flags = std::make_shared<Flags>();
  PriceRefreshOptions& refresh = flags->refresh;
  command->add_option("-o,--out", refresh.out, "Table to write, for `coulis cloud cost --prices`")
      ->required()
      ->type_name("FILE");
  command->add_option("--region", refresh.regions, "Of this region alone; may be given again")
      ->type_name("NAME");
  command->add_option("--prices", refresh.prices, "Table to begin with, instead of the built-in one")
      ->type_name("FILE");
  command->add_flag("--dry-run", flags->cloud.dry_run, "Print what would be read, read and write nothing");
  command->footer(
      "Needs no account. The lists are large, some 250 MB a region, and are not kept.\n"
      "Example:\n  coulis cloud prices --region eu-west-3 --out prices.csv");
  command->callback([flags, &exit_code] {
    exit_code = RunCloud(flags->cloud, [&](const CloudOptions& options) -> Result<int> {
      const Result<void> written = CloudPrices(options, flags->refresh);
      if (!written) return written.error();
      return kDone;
    });
  });
}

}  // namespace coulis::cli
