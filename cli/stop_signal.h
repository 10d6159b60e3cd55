#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace coulis::cli {

/// Turns SIGINT and SIGTERM into a stop token for as long as it lives. The first signal asks the job to stop
/// cleanly; a second one ends the process at once. Make it before any other thread, so that they all inherit
/// the blocked signals. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  /// The signal that came, 0 for none.
  [[nodiscard]] int received() const { return received_; }

 private:
  void Wait();

  std::stop_source source_;
  std::atomic<int> received_ = 0;
  std::atomic<bool> ending_ = false;
  std::thread waiter_;
};

}  // namespace coulis::cli
