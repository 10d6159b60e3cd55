#include <cstdio>
#include <memory>
#include <optional>

#include "bad_images.h"
#include "commands.h"
#include "coulis/pack.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

void PrintPacked(const PackRecord& record, const std::string& out) {
  std::printf("images      %s packed, %s could not be read\n", Grouped(record.images).c_str(),
              Grouped(record.unread).c_str());
  PrintBadImages(record.unread_examples, record.unread, "more in pack.json");
  std::printf("shards      %s of %s, %s MB of images\n", Grouped(std::ssize(record.shards)).c_str(),
              record.format.c_str(), Grouped((record.bytes + 500'000) / 1'000'000).c_str());
  std::printf("packed set  %s\n", OneLine(out).c_str());
}

int PackCommand(PackFlags& flags) {
  flags.options.existing = ExistingOf(flags.resume, flags.overwrite);
  std::optional<PackRecord> record;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<PackRecord> done = Pack(flags.options, &progress, stop);
    if (!done) return done.error();
    record = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  if (!flags.display.quiet) PrintPacked(*record, flags.options.out);
  return CodeForBad(record->unread, record->images + record->unread, "read", flags.max_bad);
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
