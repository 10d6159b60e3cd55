#include "progress_display.h"

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "terminal.h"

namespace coulis::cli {
namespace {

constexpr double kRateWindowSeconds = 5;

ProgressStyle Resolve(ProgressStyle style) {
  if (style != ProgressStyle::kAuto) return style;
  return IsTerminal(2) ? ProgressStyle::kLive : ProgressStyle::kPlain;
}

std::chrono::milliseconds Interval(ProgressStyle style) {
  if (style == ProgressStyle::kLive) return std::chrono::milliseconds(100);
  return style == ProgressStyle::kJson ? std::chrono::seconds(1) : std::chrono::seconds(5);
}

const char* Name(Phase phase) {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kPacking:
      return "packing";
    case Phase::kEmbedding:
      return "embedding";
    case Phase::kFitting:
      return "fitting PCA";
    case Phase::kProjecting:
      return "projecting";
    case Phase::kValidating:
      return "validating";
    case Phase::kMeasuring:
      return "measuring";
    case Phase::kDone:
      return "done";
  }
  return "";
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

ProgressDisplay::ProgressDisplay(const Progress& progress, ProgressStyle style)
    : progress_(progress), style_(Resolve(style)) {
  history_.emplace_back(Now(), 0);
  if (style_ != ProgressStyle::kNone) thread_ = std::thread([this] { Loop(); });
}

// Showing throws when memory has run out, and then nothing can be shown.
ProgressDisplay::~ProgressDisplay() {  // NOLINT(bugprone-exception-escape)
  if (!thread_.joinable()) return;
  {
    std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (style_ == ProgressStyle::kLive) std::fputs("\r\x1b[K", stderr);
  if (style_ == ProgressStyle::kJson) Show(Take());
}

void ProgressDisplay::Loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, Interval(style_), [this] { return ending_; })) Show(Take());
}

ProgressDisplay::Snapshot ProgressDisplay::Take() {
  const double now = Now();
  const std::int64_t done = progress_.done;
  history_.emplace_back(now, done);
  while (history_.size() > 2 && now - history_[1].first > kRateWindowSeconds) history_.pop_front();
  const auto& [then, done_then] = history_.front();
  Snapshot snapshot{};
  snapshot.phase = progress_.phase;
  snapshot.done = done;
  snapshot.total_known = progress_.listed;
  snapshot.total = progress_.found - progress_.resumed;
  snapshot.bad = progress_.bad;
  snapshot.retries = progress_.retries;
  snapshot.images_per_second = now > then ? static_cast<double>(done - done_then) / (now - then) : 0;
  return snapshot;
}

void ProgressDisplay::Show(const Snapshot& now) {
  if (style_ == ProgressStyle::kJson) {
    std::fprintf(stderr, "%s\n", Json(now).c_str());
  } else if (style_ == ProgressStyle::kLive) {
    // A line that is wrapped could not be drawn again.
    std::fprintf(stderr, "\r\x1b[K%s", Line(now).substr(0, TerminalColumns(2) - 1).c_str());
  } else {
    std::fprintf(stderr, "%s\n", Line(now).c_str());
  }
  std::fflush(stderr);
}

std::string ProgressDisplay::Line(const Snapshot& now) {
  std::string line = Name(now.phase);
  if (now.phase == Phase::kMeasuring)
    return line + "  " + Grouped(now.done) + "/" + Grouped(now.total) + " passes";
  if (now.phase != Phase::kEmbedding && now.phase != Phase::kPacking) return line;
  line += "  " + Grouped(now.done);
  if (now.total_known) {
    line += "/" + Grouped(now.total);
    if (now.total > 0) line += "  " + std::to_string(100 * now.done / now.total) + "%";
  } else {
    line += " of " + Grouped(now.total) + " found so far";
  }
  line += "  " + Grouped(static_cast<std::int64_t>(now.images_per_second)) + " images/s";
  if (now.bad > 0) line += "  " + Grouped(now.bad) + " bad";
  if (now.retries > 0) line += "  " + Grouped(now.retries) + " retries";
  if (now.total_known && now.images_per_second > 0) {
    line += "  ETA " + Duration(static_cast<double>(now.total - now.done) / now.images_per_second);
  }
  return line;
}

std::string ProgressDisplay::Json(const Snapshot& now) {
  nlohmann::ordered_json json = {{"phase", Name(now.phase)}, {"done", now.done}, {"bad", now.bad}};
  json["total"] = now.total_known ? nlohmann::ordered_json(now.total) : nlohmann::ordered_json(nullptr);
  json["images_per_second"] = now.images_per_second;
  json["retries"] = now.retries;
  return json.dump();
}

}  // namespace coulis::cli
