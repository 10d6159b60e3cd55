#include "exit_code.h"

#include "terminal.h"

namespace coulis::cli {

int ExitCode(const Result<int>& code, const StopSignal& signal) {
  if (code) return *code;
  PrintError(code.error().message);
  if (code.error().code == ErrorCode::kCancelled && signal.received() != 0)
    return kSignalBase + signal.received();
  return ExitCode(code.error());
}

}  // namespace coulis::cli
