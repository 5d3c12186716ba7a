#!/usr/bin/env bash
# The repository's address stands in deploy/REPOSITORY. This writes it wherever
# else it is needed: the button, the templates, deploy.sh, the documentation.
#
#   scripts/repository.sh check        every place says what deploy/REPOSITORY says
#   scripts/repository.sh NEW/name     write a new address everywhere
set -euo pipefail
cd "$(dirname "$0")/.."

places=(README.md deploy/main.bicep deploy/azuredeploy.json deploy/deploy.sh docs/install.md docs/upgrade.md
  deploy/parameters/*.snapshot.json .github/workflows/release.yml)
old=$(cat deploy/REPOSITORY)
new=${1:?check, or owner/name}

if [ "$new" = check ]; then
  for place in README.md deploy/main.bicep deploy/azuredeploy.json deploy/deploy.sh; do
    grep -qF -e "$old" -e "${old//\//%2F}" "$place" || { echo "$place does not name $old; make repository NAME=$old" >&2; exit 1; }
  done
  if [ "$old" != OWNER/certgate ] && grep -lF OWNER/certgate "${places[@]}"; then
    echo "these still name OWNER/certgate" >&2
    exit 1
  fi
  exit 0
fi
[[ $new =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || { echo "$new is not owner/name" >&2; exit 1; }
for place in "${places[@]}"; do
  [ -f "$place" ] || continue
  sed -i -e "s|$old|$new|g" -e "s|${old//\//%2F}|${new//\//%2F}|g" "$place"
done
echo "$new" >deploy/REPOSITORY
# The compiled template has a hash of the text that changed.
echo "written; now make deploywrite, where there is a Bicep compiler"
