// Files of the source tree that are part of the program (CMake's coulis_embed_text makes them).
#pragma once

namespace coulis::models {

/// src/models/quantize.py.
extern const char* const kQuantizeScript;

/// scripts/requirements/quantize.txt: what the script needs, pinned by hashes.
extern const char* const kQuantizeRequirements;

}  // namespace coulis::models
