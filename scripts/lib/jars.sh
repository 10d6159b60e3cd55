# Jars from Maven, in the user's cache. Sourced by scripts/test and by bench/compare.
# shellcheck shell=bash

# jars_folder SUMS: where the jars are whose hashes are the lines of SUMS.
jars_folder() { echo "$cache/jars/$(files_hash "$1")"; }

# fetch_jars POM SUMS: all that POM depends on, each with the hash that SUMS has for it; needs Maven.
fetch_jars() {
  local pom=$1 sums=$2 folder aside
  folder=$(jars_folder "$sums")
  if [[ -d $folder ]]; then return; fi
  say "jars of $pom: downloading to $folder"
  mkdir -p "$cache/jars"
  aside=$(mktemp -d "$cache/jars/.aside.XXXXXX")
  logged mvn -q -B -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    "-DoutputDirectory=$aside"
  # Each in the list, and nothing besides.
  diff <(sort "$sums") <(cd "$aside" && sha256sum -- *.jar | sort) >>"$log" 2>&1 ||
    { rm -rf "$aside" && die "the jars are not those of $sums: see $log"; }
  mv -T "$aside" "$folder" 2>/dev/null || [[ -d $folder ]]
  rm -rf "$aside"
}
