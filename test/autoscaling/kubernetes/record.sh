#!/usr/bin/env bash
# Records what the HPA controller of Kubernetes itself answers to the states of states.ts, into answers.txt: its package is
# built from the module that the end-to-end tests build their control plane from, with export.go added to it.
# usage: test/autoscaling/kubernetes/record.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
module=$root/test/e2e/tools/kubernetes
work=$root/.cache/hpa-oracle
rm -rf "$work" && mkdir -p "$work/main"

cp -r "$(cd "$module" && go mod download k8s.io/kubernetes && go list -m -f '{{.Dir}}' k8s.io/kubernetes)" "$work/kubernetes"
chmod -R u+w "$work/kubernetes"
cp "$here/export.go" "$work/kubernetes/pkg/controller/podautoscaler/zz_export.go"

cp "$here/main.go" "$module/go.sum" "$work/main/"
sed -e 's/^module .*/module kiscaler.test\/hpaoracle/' -e '/^tool (/,/^)/d' "$module/go.mod" > "$work/main/go.mod"
cd "$work/main"
go mod edit -replace k8s.io/kubernetes="$work/kubernetes"
CGO_ENABLED=0 go build -mod=mod -trimpath -o "$work/oracle" .

cd "$root"
npx tsx "$here/print-states.ts" > "$work/states.jsonl"
"$work/oracle" < "$work/states.jsonl" | npx tsx "$here/pack-answers.ts" > "$here/answers.txt"
