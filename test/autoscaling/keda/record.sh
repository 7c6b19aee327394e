#!/usr/bin/env bash
# Records what KEDA's own executor and fallback make of the requests of requests.ts, into answers.txt. KEDA is the module that
# the end-to-end tests build their operator from.
# usage: test/autoscaling/keda/record.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
module=$root/test/e2e/tools/keda
work=$root/.cache/keda-oracle
rm -rf "$work" && mkdir -p "$work"

cp "$here/main.go" "$module/go.sum" "$work/"
sed -e 's/^module .*/module kiscaler.test\/kedaoracle/' -e '/^tool (/,/^)/d' "$module/go.mod" > "$work/go.mod"
cd "$work"
CGO_ENABLED=0 go build -mod=mod -trimpath -o "$work/oracle" .

cd "$root"
npx tsx "$here/print-requests.ts" > "$work/requests.jsonl"
"$work/oracle" < "$work/requests.jsonl" | xargs -n 100 > "$here/answers.txt"
