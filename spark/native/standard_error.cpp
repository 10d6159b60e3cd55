// What the archives of libjpeg and libpng take for stderr (CMakeLists.txt): where this library reaches it.
#include <cstdio>

extern "C" {
extern FILE* const kCoulisStandardError;
FILE* const kCoulisStandardError = stderr;
}
