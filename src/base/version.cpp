#include "coulis/version.h"

namespace coulis {

std::string_view Version() {
  return COULIS_VERSION;
}

}  // namespace coulis
