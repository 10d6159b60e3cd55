// Files of the source tree that are part of the program (CMake's coulis_embed_text makes them).
#pragma once

namespace coulis::cloud {

// Of deploy/aws. The names are CMake's.
// NOLINTBEGIN(readability-identifier-naming)
extern const char* const kShipped_storage_yaml;
extern const char* const kShipped_access_yaml;
extern const char* const kShipped_network_yaml;
extern const char* const kShipped_security_yaml;
extern const char* const kShipped_cluster_yaml;
extern const char* const kShipped_serverless_yaml;
extern const char* const kShipped_settings_json;
extern const char* const kShipped_bootstrap;
extern const char* const kShipped_certificate;
extern const char* const kShipped_notebook_txt;
extern const char* const kShipped_coulis_ipynb;
extern const char* const kShipped_prices_csv;
// NOLINTEND(readability-identifier-naming)

/// bench/results/comparison.csv: how fast Coulis was measured to be.
extern const char* const kComparison;
/// bench/results/comparison.md: the same for people, and on which machine.
extern const char* const kComparisonPage;

}  // namespace coulis::cloud
