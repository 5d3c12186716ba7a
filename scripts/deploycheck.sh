#!/usr/bin/env bash
# Checks deploy/ and infra/ without Azure: the Bicep builds and lints without a
# word, azuredeploy.json is what it compiles to, the snapshots of each way of
# installing are what it comes to, and the guards refuse what they should. The Go
# tests of deploy/check, which hold it against the code, are for make deploycheck and
# make test.
#
#   scripts/deploycheck.sh          check
#   scripts/deploycheck.sh write    write azuredeploy.json and the snapshots anew
#
# The compiler is $BICEP, else `bicep` on the PATH. Another version writes another
# JSON, so then the comparison is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly wanted=0.49.2
ACTIONLINT=${ACTIONLINT:-github.com/rhysd/actionlint/cmd/actionlint@v1.7.12}
mode=${1:-check}
bicep=${BICEP:-$(command -v bicep || true)}
export HOME=${HOME:-/tmp} DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The place that snapshots are made for; nothing of it exists.
place=(--tenant-id 99999999-9999-9999-9999-999999999999
  --subscription-id 11111111-1111-1111-1111-111111111111
  --resource-group certgate --location westeurope)

fail() { echo "deploycheck: $*" >&2; exit 1; }

lint() { # every line is a fault: an unknown property is but a warning
  local said
  said=$("$bicep" lint "$1" 2>&1) || true
  [ -z "$said" ] || fail "$1:
$said"
}

write() {
  "$bicep" build deploy/main.bicep --outfile deploy/azuredeploy.json
  for f in deploy/parameters/*.bicepparam; do
    "$bicep" snapshot "$f" "${place[@]}"
    # The compiler writes the outputs in another order each time.
    jq '.outputs |= (to_entries | sort_by(.key) | from_entries)' "${f%.bicepparam}.snapshot.json" >"$work/sorted"
    cp "$work/sorted" "${f%.bicepparam}.snapshot.json"
  done
}

compare() {
  "$bicep" build deploy/main.bicep --outfile "$work/azuredeploy.json"
  diff -u deploy/azuredeploy.json "$work/azuredeploy.json" >"$work/diff" ||
    { head -40 "$work/diff"; fail "azuredeploy.json is not what the Bicep compiles to; make deploywrite writes it"; }
  for f in deploy/parameters/*.bicepparam; do
    "$bicep" snapshot "$f" "${place[@]}" --mode validate >"$work/said" 2>&1 ||
      { head -80 "$work/said"; fail "$f comes to something else than its snapshot; make deploywrite writes it"; }
  done
}

# Each file in deploy/refused says in its first line what the template must answer.
refused() {
  for f in deploy/refused/*.bicepparam; do
    local why
    why=$(sed -n '1s|^// ||p' "$f")
    if "$bicep" snapshot "$f" "${place[@]}" >"$work/why" 2>&1; then
      rm -f "${f%.bicepparam}.snapshot.json"
      fail "$f is taken, and should be refused: $why"
    fi
    grep -qF "$why" "$work/why" || { cat "$work/why"; fail "$f is refused for another reason than: $why"; }
  done
}

if [ -z "$bicep" ]; then
  [ "$mode" = check ] || fail "no Bicep compiler: set BICEP, or put bicep on the PATH"
  echo "deploycheck: no Bicep compiler (BICEP, or bicep on the PATH); only azuredeploy.json and the snapshots are checked"
else
  version=$("$bicep" --version | sed -E 's/.*version ([0-9.]+).*/\1/')
  if [ "$mode" = write ]; then
    [ "$version" = "$wanted" ] || fail "Bicep $version would write another JSON; take $wanted"
    write
  fi
  lint deploy/main.bicep
  lint infra/main.bicep
  lint deploy/appServiceSignIn.bicep
  refused & # beside the comparison: each run of the compiler takes seconds
  guards=$!
  if [ "$version" = "$wanted" ]; then
    [ "$mode" = write ] || compare
  else
    echo "deploycheck: Bicep $version, not $wanted, writes another JSON; azuredeploy.json and the snapshots are not compared"
  fi
  wait "$guards"
fi
scripts/repository.sh check
if command -v shellcheck >/dev/null; then
  shellcheck deploy/deploy.sh scripts/*.sh deploy/check/testdata/{az,curl,npx}
else
  echo "deploycheck: no shellcheck; the scripts are not looked at"
fi
go run "$ACTIONLINT"
echo "deploycheck: well"
