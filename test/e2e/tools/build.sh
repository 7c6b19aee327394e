#!/usr/bin/env bash
# Builds upstream programs as Go tool dependencies into .cache/tools/bin; what is there already is not built again.
# usage: test/e2e/tools/build.sh prometheus
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/../../.." && pwd)/.cache/tools/bin
# shellcheck source=versions.env
. "$here/versions.env"
command -v go >/dev/null || { echo "Go is needed for this: https://go.dev/dl (version in go.mod)" >&2; exit 1; }
mkdir -p "$bin"
for name in "$@"; do
  version_name=$(tr '[:lower:]' '[:upper:]' <<<"$name")
  stamp="$bin/.$name-${!version_name}"
  [ ! -e "$stamp" ] || { echo "$name ${!version_name} is built" >&2; continue; }
  echo "building $name ${!version_name} ..." >&2
  (cd "$here/$name" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$bin/" tool)
  touch "$stamp"
done
