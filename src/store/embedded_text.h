// Files of the source tree that are part of the program (CMake's coulis_embed_text makes them).
#pragma once

namespace coulis {

/// src/store/regions.csv.
extern const char* const kRegionTable;

}  // namespace coulis
