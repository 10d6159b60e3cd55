// What the archives of libjpeg and libpng take for stderr (CMakeLists.txt): where this library reaches it.
#include <cstdio>

extern "C" {
extern FILE* const coulis_stderr;
FILE* const coulis_stderr = stderr;
}
