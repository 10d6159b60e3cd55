#include "pipeline/precision_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/cores.h"
#include "base/parallel.h"
#include "pipeline/feature_cosine.h"
#include "pipeline/stopwatch.h"

namespace coulis {
namespace {

// Images that one engine runs before it is the other's turn: long against the clock, short against what else
// happens on the machine.
constexpr std::size_t kBlock = 16;
// Turns at least, however few the images.
constexpr std::size_t kTurns = 15;

/// One engine, its features so far and its times.
struct Side {
  InferRequest request;
  std::vector<float> rows;  ///< Features, scaled to unit length.
  std::vector<double> milliseconds;
};

using Block = std::vector<std::vector<std::uint8_t>>;

// `rows`: where the features go; null for a measurement of time alone.
Result<double> RunBlock(InferRequest& request, const Block& block, std::size_t count,
                        std::vector<float>* rows) {
  double seconds = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::copy(block[i].begin(), block[i].end(), request.input().begin());
    const Stopwatch watch;
    const Result<std::span<const float>> features = request.Run();
    seconds += watch.Seconds();
    if (!features) return features.error();
    if (rows == nullptr) continue;
    double square = 0;
    for (const float value : *features) square += static_cast<double>(value) * static_cast<double>(value);
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (const float value : *features)
      rows->push_back(static_cast<float>(static_cast<double>(value) * scale));
  }
  return 1000 * seconds / static_cast<double>(count);
}

class Comparison {
 public:
  Comparison(InferRequest f32, InferRequest other, std::size_t pixel_bytes)
      : sides_{Side{std::move(f32), {}, {}}, Side{std::move(other), {}, {}}},
        block_(kBlock, std::vector<std::uint8_t>(pixel_bytes)) {}

  Result<void> Run(ImageSample& sample, std::span<const std::string> skip, std::int64_t most,
                   const std::stop_token& stop) {
    while (std::cmp_less(labels_.size(), most)) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
      filled_ = Fill(sample, skip, most - static_cast<std::int64_t>(labels_.size()));
      if (filled_ == 0) break;
      if (Result<void> ran = TakeTurns(/*keep=*/true); !ran) return ran;
      if (filled_ < kBlock) break;
    }
    while (filled_ > 0 && sides_[0].milliseconds.size() < kTurns) {
      if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
      if (Result<void> ran = TakeTurns(/*keep=*/false); !ran) return ran;
    }
    return {};
  }

  [[nodiscard]] std::size_t images() const { return labels_.size(); }

  void Summarise(PrecisionReport& report) const {
    report.images = static_cast<std::int64_t>(images());
    report.labels = static_cast<std::int64_t>(std::set<std::string>(labels_.begin(), labels_.end()).size());
    report.cosine = SumUp(Cosines());
    if (report.labels > 1) report.nearest = Nearest();
    const auto& [f32, other] = sides_;
    std::vector<double> ratios;
    for (std::size_t i = 0; i < f32.milliseconds.size(); ++i)
      ratios.push_back(f32.milliseconds[i] / other.milliseconds[i]);
    report.speed = {Quantile(f32.milliseconds, 0.5), Quantile(other.milliseconds, 0.5),
                    Quantile(ratios, 0.5)};
  }

 private:
  std::size_t Fill(ImageSample& sample, std::span<const std::string> skip, std::int64_t most) {
    std::size_t count = 0;
    while (count < kBlock && std::cmp_less(count, most)) {
      std::optional<std::string> label = sample.Next(block_[count], skip);
      if (!label) break;
      labels_.push_back(*std::move(label));
      ++count;
    }
    return count;
  }

  // Each goes first every other time, so that neither always finds the cache as the other left it.
  Result<void> TakeTurns(bool keep) {
    const std::size_t first = sides_[0].milliseconds.size() % 2;
    for (const std::size_t which : {first, 1 - first}) {
      Side& side = sides_[which];
      Result<double> milliseconds = RunBlock(side.request, block_, filled_, keep ? &side.rows : nullptr);
      if (!milliseconds) return milliseconds.error();
      side.milliseconds.push_back(*milliseconds);
    }
    return {};
  }

  [[nodiscard]] std::size_t length() const { return sides_[0].rows.size() / images(); }

  [[nodiscard]] std::vector<double> Cosines() const {
    const std::span<const float> f32(sides_[0].rows);
    const std::span<const float> other(sides_[1].rows);
    std::vector<double> cosines;
    for (std::size_t row = 0; row < f32.size(); row += length())
      cosines.push_back(Cosine(f32.subspan(row, length()), other.subspan(row, length())));
    return cosines;
  }

  [[nodiscard]] PrecisionReport::NearestNeighbour Nearest() const {
    const std::vector<std::size_t> before = NearestRows(sides_[0].rows, length());
    const std::vector<std::size_t> after = NearestRows(sides_[1].rows, length());
    PrecisionReport::NearestNeighbour nearest;
    const double one = 1 / static_cast<double>(images());
    for (std::size_t i = 0; i < images(); ++i) {
      if (labels_[before[i]] == labels_[i]) nearest.accuracy_f32 += one;
      if (labels_[after[i]] == labels_[i]) nearest.accuracy += one;
      if (labels_[after[i]] != labels_[before[i]]) nearest.changed += one;
    }
    return nearest;
  }

  std::array<Side, 2> sides_;
  Block block_;
  std::size_t filled_ = 0;
  std::vector<std::string> labels_;
};

// Eight sums at once: what the compiler makes vector instructions of.
float Inner(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> sums{};
  const std::size_t whole = a.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (std::size_t i = whole; i < a.size(); ++i) sum += a[i] * b[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

std::vector<std::size_t> NearestRows(std::span<const float> rows, std::size_t length) {
  const std::size_t count = rows.size() / length;
  std::vector<std::size_t> nearest(count);
  // It cannot fail.
  (void)ParallelFor(UsableCores(), static_cast<std::int64_t>(count), [&](std::int64_t i) -> Result<void> {
    const auto row = static_cast<std::size_t>(i);
    float best = -2;
    for (std::size_t other = 0; other < count; ++other) {
      if (other == row) continue;
      const float inner = Inner(rows.subspan(row * length, length), rows.subspan(other * length, length));
      if (inner > best) {
        best = inner;
        nearest[row] = other;
      }
    }
    return {};
  });
  return nearest;
}

Result<void> MeasurePrecision(const Engine& f32, const Engine& other, ImageSample& sample,
                              std::span<const std::string> skip, std::int64_t most, PrecisionReport& report,
                              const std::stop_token& stop) {
  Result<InferRequest> first = f32.NewRequest();
  if (!first) return first.error();
  Result<InferRequest> second = other.NewRequest();
  if (!second) return second.error();
  Comparison comparison(*std::move(first), *std::move(second), sample.pixel_bytes());
  if (Result<void> ran = comparison.Run(sample, skip, most, stop); !ran) return ran;
  report.bad = sample.bad();
  if (std::cmp_less(comparison.images(), kFewestImages)) {
    return Error{ErrorCode::kNotFound,
                 "there are only " + std::to_string(comparison.images()) +
                     " usable images to measure with: " + std::to_string(kFewestImages) + " are needed"};
  }
  comparison.Summarise(report);
  return {};
}

}  // namespace coulis
