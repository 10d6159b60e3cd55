// What a step of EMR has left in logs/ of the bucket.
#pragma once

#include <string>

#include "cloud/aws.h"
#include "coulis/result.h"

namespace coulis::cloud {

struct StepLog {
  std::string spark;  ///< What spark-submit said; empty: it is not there.
  std::string error;  ///< The job's own line of error, without its beginning; empty: none was found.
};

/// EMR brings logs to the bucket some minutes after the end: waits for at most 30 pauses. A log that does not
/// come is none. Errors: kCancelled.
[[nodiscard]] Result<StepLog> WaitForStepLog(Aws& aws, const std::string& bucket, const std::string& cluster,
                                             const std::string& step);

/// The job's own line of error in what its driver said; empty: there is none.
[[nodiscard]] std::string ErrorIn(const std::string& said);

/// "application_1700000000000_0001" in what spark-submit said; empty: none.
[[nodiscard]] std::string ApplicationIn(const std::string& said);

/// The text of a file that gzip made, of this machine; empty: there is no such file, or none of gzip's.
[[nodiscard]] std::string Unzipped(const Aws& aws, const std::filesystem::path& file);

/// The text of an object that gzip made; empty: there is none.
[[nodiscard]] std::string UnzippedObject(const Aws& aws, const std::string& uri);

}  // namespace coulis::cloud
