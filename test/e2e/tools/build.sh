#!/usr/bin/env bash
# Builds upstream programs as Go tool dependencies into .cache/tools/bin, with the files they are set up from in
# .cache/tools/share; what is there already in the version wanted is not built again.
# usage: test/e2e/tools/build.sh [etcd|keda|keda-previous|kube-state-metrics|kubernetes|kwok|prometheus]...
# Without a name: what a bed needs, whose KEDA is the minor before with KEDA_SERIES=previous.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../../.." && pwd)/.cache/tools
# shellcheck source=versions.env
. "$here/versions.env"

# Flags for the linker: programs that report a version take it from there. Tool, version.
version_flags() {
  case $1 in
    keda*) echo "-X github.com/kedacore/keda/v2/version.Version=${2#v}" ;;
    kubernetes)
      local minor=${KUBERNETES#v1.} package
      for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        echo "-X $package.gitVersion=$KUBERNETES -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
      done
      ;;
    # The module of Prometheus 3.11.3 has the version v0.311.3.
    prometheus)
      local number=${PROMETHEUS#v0.} series
      series=${number%%.*}
      echo "-X github.com/prometheus/common/version.Version=${series:0:1}.$((10#${series:1})).${number#*.}"
      ;;
  esac
}

# What a program brings along as files: module, folder in it.
files_of() {
  case $1 in
    keda*) echo github.com/kedacore/keda/v2 config/crd/bases ;;
    kwok) echo sigs.k8s.io/kwok kustomize/stage ;;
  esac
}

copy_files() {
  local name=$1 module=${2:-} folder=${3:-} share=$cache/share/$1
  [ -n "$module" ] || return 0
  rm -rf "$share" && mkdir -p "$share"
  cp -r "$(go list -m -f '{{.Dir}}' "$module")/$folder/." "$share/"
  chmod -R u+w "$share"
}

build() {
  local name=$1 version=$2 output="$cache/bin/"
  case $name in
    # The only one whose main package is not in a folder of its program's name.
    etcd) output=$cache/bin/etcd ;;
    # Its programs have the names of KEDA's.
    keda-previous) output+=$name/ && mkdir -p "$output" ;;
  esac
  cd "$here/$name"
  # shellcheck disable=SC2046
  CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags "-s -w $(version_flags "$name" "$version" | xargs)" -o "$output" tool
  # shellcheck disable=SC2046
  copy_files "$name" $(files_of "$name")
}

[ $# -gt 0 ] || set -- etcd "keda${KEDA_SERIES:+-$KEDA_SERIES}" kubernetes kwok kube-state-metrics prometheus
mkdir -p "$cache/bin"
for name in "$@"; do
  variable=$(tr 'a-z-' 'A-Z_' <<<"$name")
  stamp="$cache/bin/.$name-${!variable}"
  [ ! -e "$stamp" ] || continue
  command -v go >/dev/null || {
    echo "building $name needs Go 1.26 or later: https://go.dev/dl (nothing else of this project does)" >&2
    exit 1
  }
  echo "building $name ${!variable} (minutes the first time) ..." >&2
  started=$SECONDS
  rm -f "$cache/bin/.$name-v"*
  (build "$name" "${!variable}")
  touch "$stamp"
  echo "built $name in $((SECONDS - started)) s" >&2
done
