# System packages, by apt, only where missing. Sourced by scripts/setup and test.
# shellcheck shell=bash

missing_packages() {
  local installed package
  # A package may be there under another name that provides it (libjpeg-dev on Ubuntu).
  # shellcheck disable=SC2016  # ${…} is dpkg-query's own format
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}|${Package}, ${Provides}\n' 2>/dev/null |
    sed -n 's/^.i.|//p' | tr -d ' ' | sed 's/(=[^)]*)//g' | tr ',' '\n')
  for package in "$@"; do
    grep -qxF "$package" <<<"$installed" || echo "$package"
  done
}

# install_packages PACKAGE...
install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is neither Debian nor Ubuntu: these packages (Debian's names) or their like must be there:"
    say "$*"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "all $# there"
    return
  fi
  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "some system packages are missing, and this is neither root nor is there sudo; run as root: $install"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]}: ${missing[*]}"
  apt_get() { logged "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }
  apt_get update || say "apt-get update failed; going on with the package lists that are there"
  apt_get install -y --no-install-recommends "${missing[@]}"
}
