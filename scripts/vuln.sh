#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that the programs really call.
# A finding fails. Where the database cannot be reached nothing is checked: that is
# said, and does not fail, so that a build without the internet is possible.
#
#   scripts/vuln.sh [package...]      ./handler and ./cmd/... without arguments
#   VULN_DB=file:///path/to/database  another one (https://go.dev/doc/security/vuln/database)
set -uo pipefail
cd "$(dirname "$0")/.."

version=v1.8.0
database=${VULN_DB:-https://vuln.go.dev}
[ $# -gt 0 ] || set -- ./handler ./cmd/...

# Not `go run`, which makes every exit code 1.
tool=$PWD/bin/govulncheck-$version
if [ ! -x "$tool" ]; then
  folder=$(mktemp -d) || exit 1
  trap 'rm -rf "$folder"' EXIT
  GOBIN=$folder CGO_ENABLED=0 go install "golang.org/x/vuln/cmd/govulncheck@$version" || exit 1
  mkdir -p bin && mv "$folder/govulncheck" "$tool" || exit 1
fi

errors=$(mktemp) || exit 1
trap 'rm -rf "${folder:-}" "$errors"' EXIT
"$tool" -db "$database" "$@" 2>"$errors"
code=$?
cat "$errors" >&2
case $code in
  0) exit 0 ;;
  3) echo "vuln: the vulnerabilities above are in code that certgate calls. Take a version in which they are fixed." >&2; exit 1 ;;
esac
if grep -q '^govulncheck: fetching vulnerabilities: ' "$errors"; then
  echo "vuln: NOT CHECKED. The vulnerability database $database cannot be reached from here, so nothing is known about vulnerabilities. Run 'make vuln' where it can be reached." >&2
  exit 0
fi
echo "vuln: the check itself failed (exit code $code)." >&2
exit 1
