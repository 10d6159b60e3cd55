#!/bin/sh
# kernel_symbols.sh NM LIBRARY: code compiled for AVX2 must not be what the linker takes for everybody. So its
# object file may hold no inline function or template (a weak symbol) that other files could also hold.
set -eu
nm=$1
library=$2
leaks=$("$nm" -C "$library" 2>/dev/null |
  awk '/^householder_avx2\.cpp\.o:/ { inside = 1; found = 1; next }
       /\.o:$/ { inside = 0 }
       inside && / [WVu] / && !/EigenAvx2/ && !/DW\.ref\./ { print }
       END { if (!found) print "householder_avx2.cpp.o is not in the library" }')
if [ -n "$leaks" ]; then
  echo "compiled for AVX2 and visible to other files:"
  echo "$leaks"
  exit 1
fi
