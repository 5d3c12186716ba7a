#!/usr/bin/env bash
# Runs every fuzz target, one after the other, each for FUZZTIME (10m unless set),
# on FUZZWORKERS processes (1). A finding stays in the package's testdata/fuzz,
# where every later test run tries it again; the other targets still get their turn.
#
#   scripts/fuzz.sh [regular expression of package/target]
set -uo pipefail
cd "$(dirname "$0")/.." || exit

wanted=${1:-.}
duration=${FUZZTIME:-10m}
export CGO_ENABLED=0

# Only the packages that have targets are built to be asked for them.
packages=$(grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' api cmd handler internal | xargs -n1 dirname | sort -u)
targets=()
for package in $packages; do
  names=$(go test -list '^Fuzz' "./$package" | grep '^Fuzz') || { echo "fuzz: the tests of $package cannot be built" >&2; exit 1; }
  for name in $names; do
    if [[ $package/$name =~ $wanted ]]; then targets+=("$package $name"); fi
  done
done
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: no target fits $wanted" >&2; exit 1; }
echo "fuzz: ${#targets[@]} targets, $duration each"

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
failed=()
for target in "${targets[@]}"; do
  read -r package name <<<"$target"
  echo "fuzz: $package $name"
  if go test -run=NONE -fuzz="^$name\$" -fuzztime="$duration" -fuzzminimizetime=50x -parallel="${FUZZWORKERS:-1}" "./$package" >"$log" 2>&1; then
    grep -E '^fuzz: elapsed' "$log" | tail -n 1
    continue
  fi
  # Go's fuzzer sometimes takes the end of its time for a failure of the target
  # (golang/go issue 75804): then it has no input to show for it.
  if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"; then
    grep -E '^fuzz: elapsed' "$log" | tail -n 1
    continue
  fi
  cat "$log"
  failed+=("$package/$name")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: failed: ${failed[*]}" >&2
  exit 1
fi
