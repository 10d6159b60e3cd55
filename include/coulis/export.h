// The one visibility marker of the public API: what carries it is exported from libcoulis.
#pragma once

#if defined(__GNUC__)
#define COULIS_EXPORT __attribute__((visibility("default")))
#else
#define COULIS_EXPORT
#endif
