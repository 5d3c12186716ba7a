#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that the programs really call, the
# standard library's included. A finding fails. The database is asked where it lives;
# where that cannot be reached, its newest copy comes as a Go module, which is some
# weeks old at times, and the output says so. Only where that cannot be had either is
# nothing checked: that is said, and does not fail, so that a build without the
# internet is possible.
#
#   scripts/vuln.sh [package...]      ./handler and ./cmd/... without arguments
#   VULN_DB=file:///path/to/database  another one (https://go.dev/doc/security/vuln/database)
set -uo pipefail
cd "$(dirname "$0")/.." || exit

version=v1.8.0
[ $# -gt 0 ] || set -- ./handler ./cmd/...
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# Not `go run`, which makes every exit code 1. Built with the Go release that the
# programs are built with, or it cannot read their code.
tool=$PWD/bin/govulncheck-$version-$(go env GOVERSION)
if [ ! -x "$tool" ]; then
  GOBIN=$scratch CGO_ENABLED=0 go install "golang.org/x/vuln/cmd/govulncheck@$version" || exit 1
  mkdir -p bin && mv "$scratch/govulncheck" "$tool" || exit 1
fi

# check runs the tool with a database; 4 says that there is none.
check() {
  "$tool" -db "$1" "${@:2}" 2>"$scratch/errors"
  local code=$?
  cat "$scratch/errors" >&2
  if [ $code -ne 0 ] && [ $code -ne 3 ] && grep -q '^govulncheck: fetching vulnerabilities: ' "$scratch/errors"; then
    return 4
  fi
  return $code
}

# copy prints the folder and the version of the database's newest copy.
copy() {
  (cd "$scratch" && go mod download -json golang.org/x/vulndb@latest) |
    node -e 'const m = JSON.parse(require("fs").readFileSync(0)); console.log(m.Dir + "/data/osv", m.Version)'
}

check "${VULN_DB:-https://vuln.go.dev}" "$@"
code=$?
if [ $code -eq 4 ] && [ -z "${VULN_DB:-}" ] && read -r folder date < <(copy 2>/dev/null); then
  echo "vuln: the database cannot be reached from here; its copy golang.org/x/vulndb@$date stands in for it." >&2
  check "file://$folder" "$@"
  code=$?
fi
case $code in
  0) exit 0 ;;
  3) echo "vuln: the vulnerabilities above are in code that certgate calls. Take a version in which they are fixed." >&2; exit 1 ;;
  4) echo "vuln: NOT CHECKED. Neither the vulnerability database nor a copy of it can be reached from here, so nothing is known about vulnerabilities. Run 'make vuln' where one can be." >&2; exit 0 ;;
esac
echo "vuln: the check itself failed (exit code $code)." >&2
exit 1
