#!/usr/bin/env bash
# Runs every fuzz target of the repository for FUZZTIME, one after another;
# go test takes only one target of one package at a time.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort)
[ -n "$targets" ] || { echo "no fuzz targets found" >&2; exit 1; }

while IFS=: read -r file func; do
	name=${func#func }
	echo "== ${file%/*} $name"
	"${GO:-go}" test "${file%/*}" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-10s}"
done <<<"$targets"
