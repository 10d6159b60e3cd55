# Python environments and the native libraries from wheels, all in the user's cache. Sourced by scripts/*.
# shellcheck shell=bash

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coulis

# The first 12 digits of the sha256 of some files: a folder made from them is theirs alone.
files_hash() { cat "$@" | sha256sum | cut -c1-12; }

# A Python of 3.11 or later, which the test requirements want; fails where there is none.
modern_python() {
  local python
  for python in python3 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
  return 1
}

# make_venv FOLDER [REQUIREMENTS]: a virtual environment; its stamp says for which Python and requirements.
make_venv() {
  local venv=$1 requirements=${2:-} python stamp
  python=$(modern_python || command -v python3) || die "python3 is missing"
  stamp="$("$python" -VV) ${requirements:+$(files_hash "$requirements")}"
  if [[ -x $venv/bin/python && $(cat "$venv/ready" 2>/dev/null) == "$stamp" ]]; then return; fi
  say "Python environment: $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv" >>"$log" 2>&1 ||
    /usr/bin/python3 -m venv --clear "$venv" >>"$log" 2>&1 ||
    die "$python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"
  if [[ -n $requirements ]]; then
    logged "$venv/bin/python" -m pip --disable-pip-version-check install --only-binary=:all: --require-hashes \
      -r "$requirements"
  fi
  echo "$stamp" >"$venv/ready"
}

# A virtual environment with nothing but pip, for downloads by `pip` (Debian's own Python has none).
pip_venv=$cache/venv/pip

native_pins=$scripts/requirements/native.txt
native_deps=$cache/deps/$(files_hash "$native_pins" "$scripts/lib/unpack_wheel.py")

# The version that is pinned for a package.
pinned_version() { sed -n "s/^$1==\([^ ]*\).*/\1/p" "$native_pins"; }

wheel_platforms() {
  case $(uname -m) in
    x86_64) echo --platform manylinux_2_28_x86_64 ;;
    aarch64) echo --platform manylinux_2_35_aarch64 --platform manylinux_2_28_aarch64 ;;
    *) return 1 ;;
  esac
}

# native_library PACKAGE: $native_deps/PACKAGE from the pinned wheel, in one rename.
native_library() {
  local package=$1 aside platforms
  local what
  what="$package $(pinned_version "$package")"
  if [[ -d $native_deps/$package ]]; then
    say "$what: there"
    return
  fi
  platforms=$(wheel_platforms) ||
    die "there are no wheels for $(uname -m): install OpenVINO and Arrow C++, then set OpenVINO_DIR, Arrow_DIR and Parquet_DIR"
  say "$what: downloading and unpacking to $native_deps/$package"
  make_venv "$pip_venv"
  mkdir -p "$native_deps"
  aside=$(mktemp -d "$native_deps/.aside.XXXXXX")
  awk -v RS= "/^$package==/" "$native_pins" >"$aside/pin.txt"
  # shellcheck disable=SC2086  # several words
  logged "$pip_venv/bin/python" -m pip --disable-pip-version-check download --no-deps --only-binary=:all: \
    --python-version 3.11 --implementation cp $platforms --require-hashes -r "$aside/pin.txt" -d "$aside"
  logged "$pip_venv/bin/python" "$scripts/lib/unpack_wheel.py" "$aside"/*.whl "$aside/unpacked"
  # Another set-up may have been quicker; then its folder is as good.
  mv -T "$aside/unpacked" "$native_deps/$package" 2>/dev/null || [[ -d $native_deps/$package ]]
  rm -rf "$aside"
}
