// Who holds a lock, as written beside what it locks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace coulis {

/// A process, told apart from all others of all machines. As JSON: docs/formats.md, "The lock".
struct LockOwner {
  std::string host;
  std::int64_t pid = 0;
  std::string since;       ///< UTC, when it took the lock.
  std::string boot;        ///< Boot of the machine and namespace of its process numbers.
  std::int64_t ticks = 0;  ///< When the process started: its number may be given again.
  std::string id;          ///< Random: this lock and no other of the same process.

  /// This process, now.
  [[nodiscard]] static LockOwner Me();
  /// Nothing when the text is none of ours.
  [[nodiscard]] static std::optional<LockOwner> FromJson(const std::string& text);
  [[nodiscard]] std::string ToJson() const;

  /// Whether it certainly lives no more: it ran on this machine, since this boot.
  [[nodiscard]] bool IsDead() const;

  /// "process 123 of HOST, since 2026-01-31T12:00:00Z"
  [[nodiscard]] std::string Text() const;
};

}  // namespace coulis
