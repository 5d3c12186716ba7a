#!/usr/bin/env bash
# Builds the test CA and its DNS server into bin/, with one line of the CA changed.
# Its handler of orders takes the order's read lock twice; if the goroutine that
# finishes the order asks for the write lock in between, both wait for ever, and with
# them everything that needs the store. The door before the CA cannot keep those two
# apart, because one of them is no request.
set -euo pipefail
cd "$(dirname "$0")/../tools"
module=github.com/letsencrypt/pebble/v2
go mod download "$module"
original=$(go list -m -f '{{.Dir}}' "$module")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp -r "$original" "$work/pebble"
chmod -R u+w "$work/pebble"
handlers=wfe/wfe.go
sed '/^\torderAccountID := order\.AccountID$/{n;s/^\tdefer order\.RUnlock()$/\torder.RUnlock()/;}' "$original/$handlers" >"$work/pebble/$handlers"
[ "$(diff "$original/$handlers" "$work/pebble/$handlers" | grep -c '^>')" = 1 ] || { echo "the line to change is not in $original/$handlers: look whether this is still needed" >&2; exit 1; }
cp go.mod go.sum "$work"
go mod edit -replace="$module=$work/pebble" "$work/go.mod"
go build -trimpath -modfile="$work/go.mod" -o ../bin/ "$module/cmd/pebble" "$module/cmd/pebble-challtestsrv"
