// The application of EMR Serverless of the project, and its jobs.
#pragma once

#include <string>

#include "cloud/aws.h"
#include "cloud/prices.h"
#include "coulis/result.h"

namespace coulis::cloud {

/// The application's id (or the shell's variable for it). Errors: kNotFound, with how to make one.
[[nodiscard]] Result<std::string> ApplicationId(Aws& aws);

/// Starts a job and, when asked for, follows it to its end; gives its exit code: 0 done, 3 too many bad
/// images. Errors: kIo: the job's reason and the next step; kCancelled: the job goes on.
[[nodiscard]] Result<int> RunServerless(Aws& aws, const CloudSubmitOptions& submit,
                                        const std::string& bucket);

/// Prints the application and its latest jobs; gives the dollars that AWS bills for these so far.
[[nodiscard]] Result<double> PrintServerless(Aws& aws, const Prices& prices);

/// Whether its stack can be changed: not while a job is under way. Stops the application, which AWS changes
/// only then; the next job starts it.
[[nodiscard]] Result<bool> ServerlessMayChange(Aws& aws);

/// Cancels what runs and stops the application, without which it cannot be deleted.
[[nodiscard]] Result<void> StopServerless(Aws& aws);

}  // namespace coulis::cloud
