# What compilers have made once is not made again, in any checkout on this machine. Sourced by scripts/setup and test.
# shellcheck shell=bash

if command -v ccache >/dev/null; then
  # Paths below the checkout count as relative, and folders in debug information do not count.
  export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
