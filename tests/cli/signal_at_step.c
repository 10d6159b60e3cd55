// Preloaded into the program under test: sends it a signal before its n-th change to the files below a folder.
// FOLDER: absolute, without a slash at its end. STEP: n, from 1. SIGNAL: its number. COUNT: a file that gets the
// number of changes when the program ends by itself. Single writes do not count: the files that they go to are not
// visible yet.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long steps;

static int is_below(const char* path) {
  const char* folder = getenv("FOLDER");
  const size_t length = folder != NULL ? strlen(folder) : 0;
  return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static void step(void) {
  const char* last = getenv("STEP");
  const char* number = getenv("SIGNAL");
  const long now = atomic_fetch_add(&steps, 1) + 1;
  if (last != NULL && number != NULL && now == atol(last)) kill(getpid(), atoi(number));
}

static void step_path(const char* path) {
  if (is_below(path)) step();
}

static void step_descriptor(int descriptor) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return;
  path[length] = '\0';
  step_path(path);
}

static void step_at(int folder, const char* path) {
  if (path[0] == '/' || folder == AT_FDCWD) {
    step_path(path);
  } else {
    step_descriptor(folder);
  }
}

__attribute__((destructor)) static void report(void) {
  const char* name = getenv("COUNT");
  FILE* file = name != NULL ? fopen(name, "w") : NULL;
  if (file == NULL) return;
  fprintf(file, "%ld\n", atomic_load(&steps));
  fclose(file);
}

#define NEXT(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

#define OPEN(name)                                                \
  int name(const char* path, int flags, ...) {                    \
    va_list rest;                                                 \
    va_start(rest, flags);                                        \
    const mode_t mode = va_arg(rest, mode_t);                     \
    va_end(rest);                                                 \
    if ((flags & (O_CREAT | O_TRUNC)) != 0) step_path(path);      \
    return NEXT(int, #name, const char*, int, ...)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int rename(const char* from, const char* to) {
  step_path(to);
  return NEXT(int, "rename", const char*, const char*)(from, to);
}

int unlink(const char* path) {
  step_path(path);
  return NEXT(int, "unlink", const char*)(path);
}

int remove(const char* path) {
  step_path(path);
  return NEXT(int, "remove", const char*)(path);
}

int unlinkat(int folder, const char* path, int flags) {
  step_at(folder, path);
  return NEXT(int, "unlinkat", int, const char*, int)(folder, path, flags);
}

int mkdir(const char* path, mode_t mode) {
  step_path(path);
  return NEXT(int, "mkdir", const char*, mode_t)(path, mode);
}

int fsync(int descriptor) {
  step_descriptor(descriptor);
  return NEXT(int, "fsync", int)(descriptor);
}
