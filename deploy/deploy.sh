#!/usr/bin/env bash
# Installs certgate in Azure, or upgrades it: reads the gateway, deploys the
# templates, uploads program and site, invites the first admin, tests what it did,
# and says what is left to do by hand. A second run changes nothing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly repository=OWNER/certgate

usage() {
  cat <<'USAGE'
deploy.sh --resource-group GROUP --gateway ID [options]

  --resource-group GROUP     where certgate goes; made if it is missing
  --gateway ID               resource id of the Application Gateway (v2)
  --location REGION          of a new resource group (default: the gateway's)
  --email ADDRESS            contact of the ACME account
  --acme URL                 directory of the authority, or staging, or production
  --backend NAME             backend pool of new rules
  --http-settings NAME       backend settings of new rules
  --admin ADDRESS            first admin of the site, gets an invitation
  --alert-email ADDRESS      who gets alarms; may be given several times
  --parameter NAME=VALUE     any other parameter of the template; several times. A
                             secret one may be NAME=@FILE
  --package FILE             package to upload (default: dist/certgate.zip)
  --version VERSION          deploy this release instead: its templates, program, site
  --releases URL             where releases are (default: the repository's on GitHub)
  --site FOLDER              files of the site (default: static)
  --no-site                  no web site
  --yes                      ask nothing, take the only choice, or fail
  --dry-run                  print every az call that would change something
  --skip-whatif              do not show what would change

With a program's bearer token in CERTGATE_TOKEN the end of a run is its preflight: what
is missing, and the fix.

An upgrade is the same command with --version, or with a new package. It stops the
app for a short time; instances whose step was under way rest for up to 10 minutes
and go on. The way back is the same command with the former version.
USAGE
}

say() { printf '%s\n' "$*" >&2; }
step() { say "== $*"; }
die() { say "deploy.sh: $*"; exit 1; }

group='' gateway='' location='' email='' acme='' backend='' settings='' admin='' version='' site_folder='' package=''
template=$here/azuredeploy.json
releases=https://github.com/$repository/releases/download
yes=false dry=false whatif=true site=true
alerts=() extra=()

while [ $# -gt 0 ]; do
  case $1 in
    --resource-group) group=${2:?}; shift ;;
    --gateway) gateway=${2:?}; shift ;;
    --location) location=${2:?}; shift ;;
    --email) email=${2:?}; shift ;;
    --acme) acme=${2:?}; shift ;;
    --backend) backend=${2:?}; shift ;;
    --http-settings) settings=${2:?}; shift ;;
    --admin) admin=${2:?}; shift ;;
    --alert-email) alerts+=("${2:?}"); shift ;;
    --parameter) extra+=("${2:?}"); shift ;;
    --package) package=${2:?}; shift ;;
    --version) version=${2:?}; shift ;;
    --releases) releases=${2:?}; shift ;;
    --site) site_folder=${2:?}; shift ;;
    --no-site) site=false ;;
    --yes) yes=true ;;
    --dry-run) dry=true ;;
    --skip-whatif) whatif=false ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; die "unknown option $1" ;;
  esac
  shift
done

# The waits, in seconds; tests shorten them.
readonly pause=${CERTGATE_DEPLOY_PAUSE:-15}
readonly tries=${CERTGATE_DEPLOY_TRIES:-20}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# change runs an az call that changes something, or prints it.
change() {
  if $dry; then
    printf 'az'
    printf ' %q' "$@"
    printf '\n'
    return 0
  fi
  az "$@"
}

need() { command -v "$1" >/dev/null || die "$1 is not installed. $2"; }

need az 'Install the Azure CLI, 2.60 or newer, and sign in with az login.'
need jq 'It reads what az prints.'
need curl 'It tests the installation.'
need unzip 'It reads the package.'
[ -n "$group" ] || { usage >&2; die '--resource-group is needed'; }
[ -n "$gateway" ] || { usage >&2; die '--gateway is needed: az network application-gateway show --query id'; }
az account show --query id -o tsv >"$work/subscription" || die 'nobody is signed in: az login'

# -------------------------------------------------------------------- the gateway

step 'The gateway'
az network application-gateway show --ids "$gateway" -o json >"$work/gateway.json" ||
  die "the gateway cannot be read. Check its id, and that you may read it: $gateway"
read_gateway() { jq -r "$1" "$work/gateway.json"; }
case $(read_gateway '.sku.tier // .properties.sku.tier') in
  *_v2) ;;
  *) die 'this is no v2 gateway; certgate needs one: https://learn.microsoft.com/azure/application-gateway/migrate-v1-v2' ;;
esac
gateway=$(read_gateway .id)
location=${location:-$(read_gateway .location)}
subnets=$(read_gateway '[(.gatewayIPConfigurations[]?.subnet.id), (.privateLinkConfigurations[]?.ipConfigurations[]?.subnet.id)] | map(select(. != null)) | unique | tojson')
addresses=$(read_gateway '[.frontendIPConfigurations[]?.publicIPAddress.id] | map(select(. != null)) | unique | tojson')
policies=$(read_gateway '[.firewallPolicy.id, (.httpListeners[]?.firewallPolicy.id), (.urlPathMaps[]?.pathRules[]?.firewallPolicy.id)] | map(select(. != null)) | unique | tojson')
identity=$(read_gateway '(.identity.userAssignedIdentities // {}) | keys | first // ""')
[ "$addresses" != '[]' ] || die 'this gateway has no public address, so no authority can reach it'
[ -n "$identity" ] || say '   It has no user-assigned identity and cannot read a vault yet; the list at the end says what to do.'

# choose picks from the names of a collection: what was asked for, the only one, or
# what a person says.
choose() { # wanted what collection
  local names
  names=$(read_gateway "[.$3[]?.name | select(startswith(\"certgate-\") | not)] | .[]")
  if [ -n "$1" ]; then
    grep -qxF -- "$1" <<<"$names" || die "the gateway has no $2 $1; it has: $(tr '\n' ' ' <<<"$names")"
    printf '%s' "$1"
  elif [ "$(grep -c . <<<"$names")" = 1 ]; then
    printf '%s' "$names"
  else
    ask "Which $2? ($(tr '\n' ' ' <<<"$names"))" "$4"
  fi
}

ask() { # question option
  local answer=''
  ! $yes || die "$2 is needed. $1"
  read -rp "$1 " answer || true
  [ -n "$answer" ] || die "$2 is needed"
  printf '%s' "$answer"
}

backend=$(choose "$backend" 'backend pool' backendAddressPools --backend)
settings=$(choose "$settings" 'backend settings entry' backendHttpSettingsCollection --http-settings)
[ -n "$email" ] || email=$(ask 'Contact of the ACME account, an e-mail address?' --email)
[ -n "$acme" ] || acme=$(ask 'Which authority: staging, production, or a directory URL?' --acme)
case $acme in
  staging) acme=https://acme-staging-v02.api.letsencrypt.org/directory ;;
  production) acme=https://acme-v02.api.letsencrypt.org/directory ;;
  https://*) ;;
  *) die "--acme is neither staging nor production nor an https URL: $acme" ;;
esac

# ---------------------------------------------------------------- package and site

step 'The package'
if [ -n "$version" ]; then
  version=${version#v}
  base=$releases/v$version
  mkdir "$work/release" "$work/site"
  for file in SHA256SUMS certgate.zip certgate-site.zip azuredeploy.json; do
    curl -fsSL --retry 3 -o "$work/release/$file" "$base/$file" || die "the release v$version has no $file: $base/$file. Nothing was changed."
    # Each by its name: a file that the list does not have is not checked by it.
    [ "$file" = SHA256SUMS ] || (cd "$work/release" && grep -E "^[0-9a-f]{64}  $file\$" SHA256SUMS | sha256sum -c --quiet --strict -) >&2 ||
      die "$file of the release v$version is not what its checksum says. Nothing was changed."
  done
  unzip -q "$work/release/certgate-site.zip" -d "$work/site"
  package=$work/release/certgate.zip
  template=$work/release/azuredeploy.json
  site_folder=${site_folder:-$work/site}
fi
package=${package:-$here/../dist/certgate.zip}
site_folder=${site_folder:-$here/../static}
[ -f "$package" ] || die "there is no $package: run make dist, or take --version"
# The mode is in the archive. A tool that packed it again has lost it.
unzip -Z "$package" handler | grep -q '^-rwxr-xr-x' || die "the handler in $package cannot be executed: it was packed again by a tool that loses modes. Take the package as make dist wrote it."
expected=$(unzip -p "$package" version 2>/dev/null | tr -d '[:space:]' || true)
say "   $package${expected:+, version $expected}"

# ------------------------------------------------------------------------- deploy

# A value of --parameter wins over what was found. An earlier release's template may
# not know all of them.
parameters() {
  jq -n --argjson known "$(jq -c '.parameters | keys' "$template")" --arg gateway "$gateway" --arg backend "$backend" --arg settings "$settings" --argjson subnets "$subnets" \
    --argjson addresses "$addresses" --argjson policies "$policies" --arg identity "$identity" --arg acme "$acme" \
    --arg email "$email" --argjson site "$site" --argjson alerts "$(jq -cn '$ARGS.positional' --args -- ${alerts[@]+"${alerts[@]}"})" \
    '{gatewayId: $gateway, gatewayBackendName: $backend, gatewayHttpSettingsName: $settings, gatewaySubnetIds: $subnets,
      gatewayPublicAddressIds: $addresses, gatewayFirewallPolicyIds: $policies, gatewayIdentityId: $identity,
      acmeEndpoint: $acme, acmeAccountEmail: $email, deploySite: $site, alertEmails: $alerts, deployCode: false}
     | with_entries(select(.key | IN($known[]))) | map_values({value: .}) | {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", contentVersion: "1.0.0.0", parameters: .}'
}
parameters >"$work/parameters.json"
if $dry; then
  say '   parameters:'
  jq -c '.parameters | map_values(.value)' "$work/parameters.json" >&2
fi
# Secret ones go by the file: it is nobody else's to read, while a command line is, and
# --dry-run prints it.
plain=()
for p in ${extra[@]+"${extra[@]}"}; do
  name=${p%%=*} value=${p#*=}
  kind=$(jq -r --arg name "$name" '.parameters[$name].type // "" | ascii_downcase' "$template")
  case $kind in
    securestring | secureobject)
      case $value in @*) value=$(cat "${value#@}") || die "--parameter $name: there is no file ${value#@}" ;; esac
      VALUE=$value jq --arg name "$name" --arg kind "$kind" \
        '.parameters[$name].value = (env.VALUE | if $kind == "secureobject" then fromjson else . end)' \
        "$work/parameters.json" >"$work/with-secrets.json" 2>/dev/null || die "--parameter $name takes a JSON object, or @FILE with one"
      mv "$work/with-secrets.json" "$work/parameters.json"
      ! $dry || say "   $name: as given" ;;
    *) plain+=("$p") ;;
  esac
done
arguments=(--resource-group "$group" --name certgate --template-file "$template" --parameters "@$work/parameters.json" ${plain[@]+"${plain[@]}"})

step "The resource group $group"
if [ "$(az group exists --name "$group")" != true ]; then
  change group create --name "$group" --location "$location" -o none || die "the group $group cannot be made"
fi

if $whatif; then
  step 'What would change'
  if $dry; then
    change deployment group what-if "${arguments[@]}" --no-pretty-print -o none
  elif ! az deployment group what-if "${arguments[@]}" >&2; then
    die 'Azure refuses the deployment; the reason stands above. Nothing was changed.'
  fi
  if ! $yes && ! $dry; then
    [ "$(ask 'Deploy? (yes)' --yes)" = yes ] || die 'nothing was changed'
  fi
fi

step 'Deploying'
if ! change deployment group create "${arguments[@]}" --mode Incremental -o json >"$work/deployment.json"; then
  say 'Azure did not finish the deployment; the reason stands above.'
  say 'RoleAssignmentUpdateNotPermitted: an identity was deleted and made again under its name. Delete the'
  say '  assignments of the former one (az role assignment list --all, principal without a name), then run this again.'
  say 'AuthorizationFailed on roleAssignments: you need Role Based Access Control Administrator where the gateway,'
  say '  its network and its identity are; or --parameter gatewayRole=none, and somebody else runs the printed commands.'
  say 'VaultAlreadyExists: an earlier vault of that name was deleted: --parameter keyVaultCreateMode=recover.'
  die 'run this again once that is mended; what stands already stays'
fi
if $dry; then
  cat "$work/deployment.json"
  output() { printf '<%s>' "$1"; }
else
  output() { jq -r --arg name "$1" '.properties.outputs[$name].value | if type == "array" then .[] else . // "" end' "$work/deployment.json"; }
fi

app=$(output functionAppName)
host=$(output functionAppHostname)
site_name=$(output siteName)
site_host=$(output siteHostname)

# A connection string beside the identity keeps the app from starting.
if ! $dry; then
  for stale in AzureWebJobsStorage DEPLOYMENT_STORAGE_CONNECTION_STRING; do
    if [ -n "$(az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[?name=='$stale' && value!=''].name" -o tsv)" ]; then
      step "Removing $stale, which some tool has set: storage is reached by the identity"
      change functionapp config appsettings delete --resource-group "$group" --name "$app" --setting-names "$stale" -o none
    fi
  done
fi

# --------------------------------------------------------------------- the program

serves() { # is the expected version there already?
  [ -n "$expected" ] && [ "$(curl -fsS --max-time 20 "https://$host/api/health" 2>/dev/null | jq -r '.version // ""')" = "$expected" ]
}

step 'The program'
if $dry; then
  change functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$package"
elif serves; then
  say "   $expected is there already"
else
  done=false
  for ((i = 1; i <= tries; i++)); do
    if change functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$package" -o none 2>"$work/refused"; then
      done=true
      break
    fi
    # The identity's role on the storage takes effect after minutes.
    grep -qE 'BlobUploadFailed|403|Forbidden|AuthorizationPermissionMismatch|502|503' "$work/refused" || break
    say "   not yet ($i of $tries): roles take some minutes to have effect"
    sleep "$pause"
  done
  $done || { cat "$work/refused" >&2; die 'the package could not be uploaded'; }
fi

# ------------------------------------------------------------------------- the site

if $site; then
  step 'The site'
  # Only what is served: nothing of the project that lies beside it.
  mkdir -p "$work/served"
  (cd "$site_folder" && find . -type f \( -name '*.html' -o -name '*.js' -o -name '*.css' -o -name '*.svg' -o -name '*.json' \) \
    -not -path './tests/*' -not -path './node_modules/*' -not -name 'package*.json' -exec cp --parents -t "$work/served" {} +)
  [ -f "$work/served/staticwebapp.config.json" ] || die "$site_folder is not the site: it has no staticwebapp.config.json"
  for p in ${extra[@]+"${extra[@]}"}; do
    if [[ $p == siteClientId=?* ]]; then
      # A registration of its own: roles come from POST /api/GetRoles, and the
      # ready-made providers are off.
      jq --arg issuer "$(az cloud show --query endpoints.activeDirectory -o tsv)/$(az account show --query tenantId -o tsv)/v2.0" \
        '.auth = {rolesSource: "/api/GetRoles", identityProviders: {azureActiveDirectory: {userDetailsClaim: "preferred_username",
           registration: {openIdIssuer: $issuer, clientIdSettingName: "CERTGATE_CLIENT_ID", clientSecretSettingName: "CERTGATE_CLIENT_SECRET"}}}}
         | .routes |= [{route: "/.auth/login/github", statusCode: 404}] + .' \
        "$work/served/staticwebapp.config.json" >"$work/config.json"
      mv "$work/config.json" "$work/served/staticwebapp.config.json"
      sed -i '/\/\.auth\/login\/github/d' "$work/served/sign-in.html" # a button that leads nowhere
      own_registration=true
    fi
  done
  # Pages may connect to the app's Web PubSub and to no other host.
  endpoint=$($dry || az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[?name=='WebPubSubEndpoint'].value" -o tsv)
  endpoint=${endpoint%/}
  if [ -n "$endpoint" ]; then
    [[ $endpoint =~ ^https://[A-Za-z0-9.-]+(:[0-9]+)?$ ]] || die "the app's setting WebPubSubEndpoint is no address such as https://NAME.webpubsub.azure.com: $endpoint"
    jq --arg socket "wss${endpoint#https}" '.globalHeaders["Content-Security-Policy"] |= sub("connect-src \u0027self\u0027"; "connect-src \u0027self\u0027 \($socket)")' \
      "$work/served/staticwebapp.config.json" >"$work/config.json"
    mv "$work/config.json" "$work/served/staticwebapp.config.json"
  fi
  if $dry; then
    change staticwebapp secrets list --resource-group "$group" --name "$site_name" --query properties.apiKey -o tsv
    echo 'npx @azure/static-web-apps-cli@2.0.10 deploy SERVED --env production'
  else
    need npx 'It uploads the site (Node 20).'
    # The token goes by the environment, where no list of processes shows it.
    SWA_CLI_DEPLOYMENT_TOKEN=$(az staticwebapp secrets list --resource-group "$group" --name "$site_name" --query properties.apiKey -o tsv) \
      npx --yes @azure/static-web-apps-cli@2.0.10 deploy "$work/served" --env production >&2 || die 'the site could not be uploaded; run this again'
  fi
fi

if $site && [ -n "$admin" ]; then
  if [ "${own_registration:-false}" = true ]; then
    say '   --admin is not used: with a registration of its own, admins come from a group or an app role (siteRoles)'
  elif ! $dry && az staticwebapp users list --resource-group "$group" --name "$site_name" -o json | jq -e --arg who "$admin" 'any(.[]; (.displayName // .properties.displayName // "") == $who and ((.roles // .properties.roles // "") | contains("admin")))' >/dev/null; then
    say "   $admin is admin already"
  else
    step "An invitation for $admin, good for a week"
    change staticwebapp users invite --resource-group "$group" --name "$site_name" --authentication-provider aad \
      --user-details "$admin" --roles admin --domain "$site_host" --invitation-expiration-in-hours 168 --query invitationUrl -o tsv
  fi
fi

# ----------------------------------------------------------------------- the tests

if $dry; then
  say 'Nothing was changed.'
  exit 0
fi

step 'Does it work?'
health() { curl -sS --max-time 20 -o "$work/health.json" -w '%{http_code}' "https://$host/api/health" 2>"$work/curl" || true; }
code=000
for ((i = 1; i <= tries; i++)); do
  code=$(health)
  now=$(jq -r '.version // ""' "$work/health.json" 2>/dev/null || true)
  if [ "$code" = 200 ] && { [ -z "$expected" ] || [ "$now" = "$expected" ]; }; then break; fi
  say "   waiting ($i of $tries): $code${now:+, version $now}"
  [ "$i" = "$tries" ] || sleep "$pause"
done
case $code in
  200)
    [ -z "$expected" ] || [ "$now" = "$expected" ] || die "the app answers, and runs ${now:-an unknown version} instead of $expected. Restart it: az functionapp restart -g $group -n $app" ;;
  503) die "the app runs, and its table or its queue does not answer: $(jq -c '.checks' "$work/health.json" 2>/dev/null). Roles may need some more minutes; then run this again." ;;
  000) die "no answer within 20 seconds. If it hangs each time, the handler has lost its exec bit: the package was packed again on the way. Look for \"Permission denied\" in the log stream of $app." ;;
  500)
    [ -s "$work/health.json" ] || die 'answer 500 without a body: this Functions host is older than enableProxyingHttpRequest and calls the handler in another way. Wait for the platform, or take another region.'
    die "answer 500: the app does not start. The log says which setting is at fault: az webapp log tail -g $group -n $app" ;;
  401 | 403) die "answer $code: sign-in guards /api/health as well. Check excludedPaths: az webapp auth show -g $group -n $app" ;;
  *) die "answer $code of https://$host/api/health" ;;
esac
say "   /api/health answers${now:+, version $now}"

# Nobody becomes an admin by writing a header.
forged=$(printf '{"identityProvider":"aad","userId":"x","userDetails":"forged","userRoles":["admin"]}' | base64 | tr -d '\n')
code=$(curl -sS --max-time 20 -o /dev/null -w '%{http_code}' -H "x-ms-client-principal: $forged" "https://$host/api/instances" || true)
case $code in
  401 | 403) say '   a forged principal is refused' ;;
  *)
    change functionapp stop --resource-group "$group" --name "$app"
    die "a forged x-ms-client-principal was answered $code: anybody could be an admin. The app has been stopped. Check that its authentication is on, then report this." ;;
esac

if [ -n "${CERTGATE_TOKEN:-}" ]; then
  # By a file, where no list of processes shows it.
  (umask 077 && printf 'Authorization: Bearer %s\n' "$CERTGATE_TOKEN" >"$work/token")
  code=$(curl -sS --max-time 60 -o "$work/preflight.json" -w '%{http_code}' -H "@$work/token" "https://$host/api/preflight" || true)
  case $code in
    200)
      jq -r '.checks[] | select(.ok != true) | "   \(.check): \(.finding) \(.fix // "")"' "$work/preflight.json" >&2
      say "   preflight: $(jq '[.checks[] | select(.ok == true)] | length' "$work/preflight.json") of $(jq '.checks | length' "$work/preflight.json") checks are fine" ;;
    401) say '   preflight: the token in CERTGATE_TOKEN is not accepted. Look at its iss and aud: they must be jwtIssuer and jwtAudience, and it must not have expired.' ;;
    403) say '   preflight: the token in CERTGATE_TOKEN has none of the app roles reader, operator, admin.' ;;
    *) say "   preflight answers $code: $(head -c 300 "$work/preflight.json" 2>/dev/null)" ;;
  esac
fi

# --------------------------------------------------------------- what is left to do

step 'Left to do by hand'
if [ -z "$identity" ]; then
  say "   The gateway: give it a user-assigned identity, then run this again."
fi
for p in ${extra[@]+"${extra[@]}"}; do
  case $p in
    gatewayRole=none)
      say '   The network team runs:'
      output gatewayRoleCommands | sed 's/^/     /' >&2 ;;
    manageHttpListener=true) managed=true ;;
  esac
done
[ "$(output challengesReadable)" = true ] || say '   A policy forbids public blobs: run this again with --parameter challengeStorage=staticWebsite.'
if [ "${managed:-false}" = false ]; then
  say "   Port 80 of the gateway: a path rule /.well-known/acme-challenge/* to $(output challengeOrigin), path $(output challengePath);"
  say '   docs/install.md has it step by step. Or: --parameter manageHttpListener=true.'
fi
if $site; then
  say "   Sign in: https://$site_host, then look at Set-up, which names what is missing."
fi
[[ $acme != *staging* ]] || say '   Issue one certificate from staging, then run this again with --acme production.'
say 'Done.'
