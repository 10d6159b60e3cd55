#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "coulis/progress.h"

namespace coulis::cli {

/// How `--progress` shows a job.
enum class ProgressStyle {
  kAuto,   ///< kLive on a terminal, else kPlain.
  kLive,   ///< One line that is drawn again ten times a second.
  kPlain,  ///< A line every five seconds.
  kNone,
  kJson,  ///< A JSON object a line, every second, and one at the end.
};

/// Shows `progress` on standard error from a thread of its own, until it is destroyed.
class ProgressDisplay {
 public:
  /// `progress` must outlive the display.
  ProgressDisplay(const Progress& progress, ProgressStyle style);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

 private:
  // What a line says; read once, so that its parts fit together.
  struct Snapshot {
    Phase phase;
    std::int64_t done;
    std::int64_t total;
    std::int64_t bad;
    std::int64_t retries;
    bool total_known;
    double images_per_second;
  };

  void Loop();
  Snapshot Take();
  void Show(const Snapshot& now);
  [[nodiscard]] static std::string Line(const Snapshot& now);
  [[nodiscard]] static std::string Json(const Snapshot& now);

  const Progress& progress_;
  const ProgressStyle style_;
  // (seconds, images done) of the last few seconds, for a rate that follows what happens.
  std::deque<std::pair<double, std::int64_t>> history_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace coulis::cli
