#include "job_options.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>

#include "exit_code.h"
#include "stop_signal.h"

namespace coulis::cli {
namespace {

// Takes the names of `choices` only; on anything else it says which they are.
template <typename Value>
CLI::Validator OneOf(const std::map<std::string, Value>& choices) {
  return {[&choices](std::string& text) {
            const auto choice = choices.find(CLI::detail::to_lower(text));
            if (choice != choices.end()) {
              text = std::to_string(static_cast<int>(choice->second));
              return std::string();
            }
            std::string names;
            for (const auto& [name, value] : choices) names += (names.empty() ? "" : ", ") + name;
            return "takes one of " + names + "; not \"" + text + "\"";
          },
          ""};
}

// Numbers from `least` to `most`, which NaN is not; `wanted` names them.
template <typename Number>
CLI::Validator Between(Number least, Number most, const std::string& wanted) {
  return {[=](std::string& text) {
            Number number{};
            const bool good = CLI::detail::lexical_cast(text, number) && number >= least && number <= most;
            return good ? std::string() : "takes " + wanted + ", not \"" + text + "\"";
          },
          ""};
}

CLI::Validator WholeNumberFrom(std::int64_t least) {
  return Between(least, std::numeric_limits<std::int64_t>::max(),
                 "a whole number from " + std::to_string(least));
}

}  // namespace

void AddDisplayFlags(CLI::App& command, DisplayOptions& display) {
  static const std::map<std::string, ProgressStyle> kStyles = {{"auto", ProgressStyle::kAuto},
                                                               {"plain", ProgressStyle::kPlain},
                                                               {"none", ProgressStyle::kNone},
                                                               {"json", ProgressStyle::kJson}};
  command
      .add_option("--progress", display.style,
                  "How to show progress on standard error: auto (a live line on a terminal, else plain), "
                  "plain, none, json")
      ->transform(OneOf(kStyles))
      ->type_name("STYLE")
      ->default_str("auto");
  command.add_flag("-q,--quiet", display.quiet, "Print errors only");
}

CLI::Option* AddPrecisionFlag(CLI::App& command, Precision& precision) {
  static const std::map<std::string, Precision> kPrecisions = {
      {"f32", Precision::kF32}, {"bf16", Precision::kBf16}, {"int8", Precision::kInt8}};
  return command
      .add_option(
          "--precision", precision,
          "Arithmetic of the network; bf16 and int8 are faster where the processor has them, and less "
          "exact. `coulis models quantize` makes int8")
      ->transform(OneOf(kPrecisions))
      ->type_name("f32|bf16|int8");
}

namespace {

// What is read, and how.
struct InputFlags {
  std::vector<std::string>& inputs;
  std::string& manifest;
  std::string& image_column;
  std::vector<std::string>& globs;
  std::int64_t& max_bytes;
  StorageOptions& storage;
};

void AddInputFlags(CLI::App& command, const InputFlags& flags) {
  command.add_option(
      "INPUT", flags.inputs,
      "Folders, searched recursively, single images, and files that hold many: tar, tar.gz, zip, "
      "WebDataset shards, Parquet with a column of bytes; s3://BUCKET/PREFIX");
  command
      .add_option(
          "--files", flags.manifest,
          "Read the files of this list: a path a line, or CSV or Parquet with the columns path and, "
          "perhaps, label; - reads standard input. Relative paths are below INPUT, or the list's folder")
      ->type_name("LIST");
  command
      .add_option("--image-column", flags.image_column,
                  "Column of a Parquet file that holds the images; needed where there are several of bytes")
      ->type_name("NAME");
  command
      .add_option(
          "--glob", flags.globs,
          "File names that count as images, in folders and in archives; may be given several times. With a "
          "slash it is held against the path below INPUT. *.tar and the like choose archives")
      ->type_name("PATTERN")
      ->allow_extra_args(false)
      ->default_str("the known image extensions");
  command.add_option("--max-bytes", flags.max_bytes, "Larger files are bad rows; takes 10MB, 1GB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false).description(""))
      ->type_name("SIZE")
      ->default_str("256MB");
  command
      .add_option("--io-threads", flags.storage.io_threads,
                  "Threads that read the input; 0: 2, or 16 when it lies in a bucket")
      ->type_name("N")
      ->check(Between(0, 1024, "0 to 1024"))
      ->capture_default_str();
  AddStorageFlags(command, flags.storage);
}

}  // namespace

void AddImageFlags(CLI::App& command, EmbedOptions& options) {
  static const std::map<std::string, LabelSource> kLabels = {{"parent", LabelSource::kParent},
                                                             {"none", LabelSource::kNone}};
  AddInputFlags(command, {options.inputs, options.manifest, options.image_column, options.globs,
                          options.decode.limits.max_bytes, options.storage});
  command.add_option("--model", options.model, "Name of an installed model, or the folder of one")
      ->type_name("NAME|FOLDER")
      ->capture_default_str();
  command
      .add_option("--layer", options.layer, "Take the features from this layer instead of the model's output")
      ->type_name("NAME");
  AddPrecisionFlag(command, options.precision)->default_str("f32");
  static const std::map<std::string, DecodeMode> kDecodeModes = {{"exact", DecodeMode::kExact},
                                                                 {"fast", DecodeMode::kFast}};
  command
      .add_option("--decode", options.decode.mode,
                  "fast: shrink large JPEGs as they are decoded; several times as fast, and less exact")
      ->transform(OneOf(kDecodeModes))
      ->type_name("exact|fast")
      ->default_str("exact");
  command.add_option("--label", options.label, "Label of an image: the name of its parent folder, or none")
      ->transform(OneOf(kLabels))
      ->type_name("parent|none")
      ->default_str("parent");
  command.add_option("--threads", options.threads, "Workers that decode and infer; 0: one per usable core")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--exif-rotate", options.decode.exif_rotate,
                   "Apply the EXIF orientation (Pillow does not)");
  command.add_option("--max-pixels", options.decode.limits.max_pixels, "Larger images are bad rows")
      ->type_name("N")
      ->capture_default_str();
}

void AddStorageFlags(CLI::App& command, StorageOptions& storage) {
  const std::string group = "Object storage (s3://BUCKET/PREFIX)";
  command.add_option("--s3-endpoint", storage.endpoint, "Address of a store that is not AWS")
      ->type_name("URL")
      ->group(group);
  command.add_option("--s3-region", storage.region, "Region of the bucket, where the store does not say it")
      ->type_name("NAME")
      ->group(group);
  command
      .add_option("--allow-region", storage.allow_regions,
                  "Where buckets may lie: eu, eu+adequacy, names of regions; else COULIS_ALLOW_REGIONS, else "
                  "anywhere")
      ->type_name("LIST")
      ->group(group);
  command
      .add_option("--s3-retries", storage.retries, "How often a request that failed in passing is made again")
      ->type_name("N")
      ->check(Between(0, 100, "0 to 100"))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--s3-timeout", storage.silence_timeout,
                  "Seconds without a byte after which a request has failed")
      ->type_name("SECONDS")
      ->check(Between(1.0, 3600.0, "1 to 3600"))
      ->capture_default_str()
      ->group(group);
  command.add_flag("--s3-anonymous", storage.anonymous, "Read public buckets, without credentials")
      ->group(group);
}

void AddLockFlag(CLI::App& command, bool& steal_lock) {
  command.add_flag("--steal-lock", steal_lock,
                   "Take RESULTS from another run at work in it, which died elsewhere or hangs");
}

void AddEmbedFlags(CLI::App& command, EmbedFlags& flags) {
  AddImageFlags(command, flags.options);
  AddLockFlag(command, flags.options.steal_lock);
  command
      .add_option("-o,--out", flags.options.results,
                  "Folder for the results, made when missing, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("RESULTS");
  CLI::Option* resume = command.add_flag("--resume", flags.resume,
                                         "Go on with an unfinished run, or add new images to a finished one");
  command.add_flag("--overwrite", flags.overwrite, "Replace earlier results, once the new ones are complete")
      ->excludes(resume);
  command.add_option("--limit", flags.options.limit, "Take only so many images; 0: all")
      ->type_name("N")
      ->check(WholeNumberFrom(0))
      ->capture_default_str();
  command.add_option("--rows-per-part", flags.options.rows_per_part, "Rows of one Parquet file")
      ->type_name("N")
      ->check(WholeNumberFrom(1))
      ->capture_default_str();
  command
      .add_option("--part-bytes", flags.options.bytes_per_part,
                  "A Parquet file ends earlier when its rows have so many bytes; takes 64MB, 1GB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false).description(""))
      ->type_name("SIZE")
      ->default_str("256MB");
  command.add_option("--max-bad", flags.max_bad, "Exit with 3 when a larger share of the images is bad")
      ->type_name("SHARE")
      ->check(Between(0.0, 1.0, "a share from 0 to 1"))
      ->capture_default_str();
}

void AddPackFlags(CLI::App& command, PackFlags& flags) {
  static const std::map<std::string, ShardFormat> kFormats = {{"tar", ShardFormat::kTar},
                                                              {"parquet", ShardFormat::kParquet}};
  PackOptions& options = flags.options;
  AddInputFlags(command, {options.inputs, options.manifest, options.image_column, options.globs,
                          options.max_bytes, options.storage});
  command
      .add_option("-o,--out", options.out, "Folder for the shards, made when missing, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("OUT");
  command.add_option("--format", options.format, "What shards are made of")
      ->transform(OneOf(kFormats))
      ->type_name("tar|parquet")
      ->default_str("tar");
  command.add_option("--shard-size", options.shard_bytes, "Bytes of one shard; takes 64MB, 1GB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false).description(""))
      ->type_name("SIZE")
      ->default_str("256MB");
  command.add_flag("--strip-metadata", options.strip_metadata, "Leave out EXIF, XMP, IPTC and comments");
  CLI::Option* resume = command.add_flag("--resume", flags.resume, "Go on with an unfinished set");
  command.add_flag("--overwrite", flags.overwrite, "Remove an earlier set, then begin")->excludes(resume);
  AddLockFlag(command, options.steal_lock);
  command
      .add_option("--max-bad", flags.max_bad, "Exit with 3 when a larger share of the images cannot be read")
      ->type_name("SHARE")
      ->check(Between(0.0, 1.0, "a share from 0 to 1"))
      ->capture_default_str();
}

void AddReduceFlags(CLI::App& command, ReduceFlags& flags, bool allow_none) {
  CLI::Option* components =
      command
          .add_option(
              "--components", flags.components,
              std::string("PCA components to keep: a share of the variance (0.95) or a number (100)") +
                  (allow_none ? ", or none for no PCA" : ""))
          ->type_name(allow_none ? "SHARE|N|none" : "SHARE|N")
          ->capture_default_str();
  CLI::Option* from =
      command
          .add_option("--pca-from", flags.options.pca_from,
                      "Use the PCA of these results, or one fitted on Spark, instead of fitting one")
          ->type_name("RESULTS");
  if (!allow_none) return;
  CLI::Option* keep = command.add_flag("--keep-pca", flags.options.keep_pca,
                                       "With --resume: project new images with the PCA that is there");
  keep->excludes(components)->excludes(from)->needs(command.get_option("--resume"));
  command.add_flag("--refit", flags.refit, "With --resume: fit the PCA anew on all images (the default)")
      ->excludes(keep);
}

ExistingResults ExistingOf(bool resume, bool overwrite) {
  if (resume) return ExistingResults::kResume;
  return overwrite ? ExistingResults::kOverwrite : ExistingResults::kRefuse;
}

Result<ComponentChoice> ParseComponents(const std::string& text) {
  const Error wrong{
      ErrorCode::kInvalidArgument,
      "--components takes a share between 0 and 1 (0.95) or a whole number (100), not \"" + text + "\""};
  char* end = nullptr;
  if (text.find_first_not_of("0123456789") == std::string::npos && !text.empty() && text.size() < 9) {
    const long count = std::strtol(text.c_str(), &end, 10);
    if (count < 1) return wrong;
    return ComponentChoice(ComponentCount{static_cast<int>(count)});
  }
  const double share = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(share > 0 && share <= 1)) return wrong;
  return ComponentChoice(VarianceShare{share});
}

int RunJob(const DisplayOptions& display,
           const std::function<Result<int>(Progress& progress, std::stop_token stop)>& job) {
  StopSignal signal;
  Progress progress;
  std::optional<ProgressDisplay> shown;
  shown.emplace(progress, display.quiet ? ProgressStyle::kNone : display.style);
  Result<int> code = job(progress, signal.token());
  shown.reset();
  return ExitCode(code, signal);
}

}  // namespace coulis::cli
