// The stacks as they are on AWS: state, deployment with progress, deletion.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "cloud/aws.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// Stack ("network") → its status ("CREATE_COMPLETE"), of the project's stacks that are there; none in a dry
/// run.
[[nodiscard]] Result<std::map<std::string, std::string>> StackStates(Aws& aws);

/// The parameters with which a stack was made or changed last; none when there is no such stack, and in a dry
/// run.
[[nodiscard]] Result<std::map<std::string, std::string>> StackParameters(Aws& aws, const std::string& stack);

/// An output of a stack; empty when it has none such. Errors: kNotFound (no such stack).
[[nodiscard]] Result<std::string> StackOutput(Aws& aws, const std::string& stack, const std::string& output,
                                              const std::string& variable);

/// A stack to make or change.
struct Deployment {
  std::string stack;
  std::filesystem::path folder;                   ///< Where the stacks' files are.
  std::map<std::string, std::string> parameters;  ///< Empty values are left out.
};

/// Makes the stack, or changes it where it differs, and waits, with what is under way as progress; parameters
/// that are not named stay as they are. Waits first for what an interrupted run has begun. Errors: kIo: a
/// stack that takes no changes, or the first resource that failed, its reason and the next step; kCancelled.
[[nodiscard]] Result<void> Deploy(Aws& aws, const Deployment& deployment);

/// Deletes a stack and waits for it; one that is not there is fine. Tries again where something is still in
/// use.
[[nodiscard]] Result<void> Delete(Aws& aws, const std::string& stack);

/// The first resource of a stack that failed, why, and what to do, as one error.
[[nodiscard]] Error StackFailure(Aws& aws, const std::string& stack, const Error& otherwise);

}  // namespace coulis::cloud
