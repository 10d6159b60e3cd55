// Errors as values. Every function of Coulis that can fail returns a Result; none throws.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace coulis {

/// What kind of thing went wrong: enough to choose an exit code or a retry, the text says the rest.
enum class ErrorCode {
  kInvalidArgument,  ///< The caller's options make no sense (command line: exit 2).
  kNotFound,         ///< A file, folder, model or layer that was named does not exist.
  kAlreadyExists,    ///< The results folder is not empty and neither resume nor overwrite was asked for.
  kIo,               ///< Reading or writing failed: permission, disk full, network.
  kBadImage,         ///< The bytes are not an image that can be used; becomes a row with an error.
  kBadModel,         ///< The model file or its description is damaged or not supported.
  kBadResults,       ///< A results folder is incomplete or contradicts itself.
  kCancelled,        ///< The caller asked to stop.
  kInternal,         ///< A library failed in a way that no input should cause.
};

/// One line for a person: what was wrong and what to do. No trailing newline, no full stop.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// The same error with `context + ": "` before its message.
[[nodiscard]] inline Error WithContext(Error error, const std::string& context) {
  error.message = context + ": " + error.message;
  return error;
}

/// A value or an Error. Test it (`if (!result)`) before `*result`. Not thread-safe, like any value.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Not explicit, so that a function can return a value or an Error as it is.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  /// By value, so that `for (auto& x : *MakeResult())` does not run over what is gone.
  T operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

/// Success or an Error: `return {};` on success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace coulis
