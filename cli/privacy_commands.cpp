// `forget` and `strip`.
#include <cstdio>
#include <memory>
#include <optional>

#include "bad_images.h"
#include "commands.h"
#include "coulis/forget.h"
#include "coulis/strip.h"
#include "exit_code.h"
#include "job_options.h"
#include "terminal.h"

namespace coulis::cli {
namespace {

struct ForgetFlags {
  ForgetOptions options;
  DisplayOptions display;
};

struct StripFlags {
  StripOptions options;
  DisplayOptions display;
  double max_bad = 0.05;
};

int ForgetCommand(const ForgetFlags& flags) {
  std::optional<ForgetReport> report;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<ForgetReport> done = Forget(flags.options, &progress, stop);
    if (!done) return done.error();
    report = *done;
    return kDone;
  });
  if (code != kDone || flags.display.quiet) return code;
  std::printf("forgotten   %s rows; %s are left\n", Grouped(report->rows).c_str(),
              Grouped(report->images).c_str());
  if (report->pca_fitted_with_them) {
    std::printf("pca         was fitted with them and is as it was: `coulis reduce %s` fits it anew\n",
                OneLine(flags.options.results).c_str());
  }
  std::printf("the images themselves are where they were: delete them too, or --resume brings them back\n");
  return kDone;
}

int StripCommand(const StripFlags& flags) {
  std::optional<StripReport> report;
  const int code = RunJob(flags.display, [&](Progress& progress, const std::stop_token& stop) -> Result<int> {
    Result<StripReport> done = Strip(flags.options, &progress, stop);
    if (!done) return done.error();
    report = *std::move(done);
    return kDone;
  });
  if (code != kDone) return code;
  if (!flags.display.quiet) {
    std::printf("images      %s written, %s KB smaller; of %s the orientation was kept\n",
                Grouped(report->images).c_str(), Grouped(report->bytes / 1000).c_str(),
                Grouped(report->turned).c_str());
    if (report->other > 0) {
      std::printf(
          "as before   %s that are neither JPEG nor PNG nor WebP: metadata of theirs is still there\n",
          Grouped(report->other).c_str());
    }
    PrintBadImages(report->unread_examples, report->unread, "not listed");
  }
  return CodeForBad(report->unread, report->images + report->unread, "stripped", flags.max_bad);
}

}  // namespace

void AddForgetCommand(CLI::App& app, int& exit_code) {
  CLI::App* forget =
      app.add_subcommand("forget", "Delete images from results on request: rows, counts, examples");
  auto flags = std::make_shared<ForgetFlags>();
  forget->add_option("PATH", flags->options.paths, "As in the column path of features/")->required();
  forget
      ->add_option("--in", flags->options.results, "Folder that `embed` or `run` made, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("RESULTS");
  AddStorageFlags(*forget, flags->options.storage);
  AddLockFlag(*forget, flags->options.steal_lock);
  AddDisplayFlags(*forget, flags->display);
  forget->footer("Example:\n  coulis forget one.png --in results/");
  forget->callback([flags, &exit_code] { exit_code = ForgetCommand(*flags); });
}

void AddStripCommand(CLI::App& app, int& exit_code) {
  CLI::App* strip =
      app.add_subcommand("strip", "Copies of images without EXIF, XMP, IPTC and comments, pixels untouched");
  auto flags = std::make_shared<StripFlags>();
  strip->add_option("INPUT", flags->options.input, "Folder, file, or s3://BUCKET/PREFIX")->required();
  strip->add_option("-o,--out", flags->options.out, "Folder to write")->required()->type_name("DIR");
  strip->add_option("--glob", flags->options.globs, "Only files of these names")->type_name("PATTERN");
  strip->add_flag("--overwrite", flags->options.overwrite, "Replace files that are there");
  strip
      ->add_option("--max-bad", flags->max_bad,
                   "Exit with 3 when a larger share of the images cannot be stripped")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  AddStorageFlags(*strip, flags->options.storage);
  AddDisplayFlags(*strip, flags->display);
  strip->footer("Example:\n  coulis strip photos/ --out stripped/");
  strip->callback([flags, &exit_code] { exit_code = StripCommand(*flags); });
}

}  // namespace coulis::cli
