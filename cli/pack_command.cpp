#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "commands.h"
#include "coulis/pack.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

constexpr std::size_t kShownUnread = 3;

void PrintPacked(const PackRecord& record, const std::string& out) {
  std::printf("images      %s packed, %s could not be read\n", Grouped(record.images).c_str(),
              Grouped(record.unread).c_str());
  for (std::size_t i = 0; i < std::min(kShownUnread, record.unread_examples.size()); ++i) {
    const BadImage& bad = record.unread_examples[i];
    std::printf("            %s: %s\n", OneLine(bad.path).c_str(), OneLine(bad.error).c_str());
  }
  if (record.unread > static_cast<std::int64_t>(kShownUnread))
    std::printf("            … more in pack.json\n");
  std::printf("shards      %s of %s, %s MB of images\n", Grouped(std::ssize(record.shards)).c_str(),
              record.format.c_str(), Grouped((record.bytes + 500'000) / 1'000'000).c_str());
  std::printf("packed set  %s\n", OneLine(out).c_str());
}

int CodeFor(const PackRecord& record, double max_bad) {
  const double share =
      static_cast<double>(record.unread) / static_cast<double>(record.images + record.unread);
  if (share <= max_bad) return kDone;
  char text[160];
  std::snprintf(text, sizeof(text),
                "%.1f %% of the images could not be read, more than --max-bad allows (%.1f %%)", 100 * share,
                100 * max_bad);
  PrintError(text);
  return kTooManyBad;
}

int PackCommand(PackFlags& flags) {
  if (flags.resume) flags.options.existing = ExistingResults::kResume;
  if (flags.overwrite) flags.options.existing = ExistingResults::kOverwrite;
  std::optional<PackRecord> record;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<PackRecord> done = Pack(flags.options, &progress, stop);
    if (!done) return done.error();
    record = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  if (!flags.display.quiet) PrintPacked(*record, flags.options.out);
  return CodeFor(*record, flags.max_bad);
}

}  // namespace

void AddPackCommand(CLI::App& app, int& exit_code) {
  CLI::App* pack = app.add_subcommand("pack", "Many small images into few large files that read faster");
  auto flags = std::make_shared<PackFlags>();
  AddPackFlags(*pack, *flags);
  AddDisplayFlags(*pack, flags->display);
  pack->footer(R"(Examples:
  coulis pack photos/ --out packed/
  coulis pack photos/ --out packed-parquet/ --format parquet --shard-size 64MB
  coulis run packed/ --out results/)");
  pack->callback([flags, &exit_code] { exit_code = PackCommand(*flags); });
}

}  // namespace coulis::cli
