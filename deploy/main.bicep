// certgate in one resource group. azuredeploy.json is what this compiles to.
//
// The gateway is not part of it: it exists, and certgate is given what it needs to
// change it. Ids of what the gateway is joined to are parameters, because the scopes
// of role assignments must be known at the start; deploy.sh reads them.

metadata description = 'certgate: certificates for the hostnames behind an Application Gateway'

targetScope = 'resourceGroup'

// ---------------------------------------------------------------- where and what

@description('Begins the name of every resource: 3 to 11 lower-case letters and digits, a letter first.')
@minLength(3)
@maxLength(11)
param prefix string = 'certgate'

@description('Region of everything but the site.')
param location string = resourceGroup().location

@description('The cloud that the template runs in: AzureCloud, AzureUSGovernment or AzureChinaCloud.')
param cloud string = environment().name

@description('Tags of every resource.')
param tags object = {}

@description('flex: Flex Consumption, scales to zero. dedicated: an App Service plan, one process that is always on.')
@allowed(['flex', 'dedicated'])
param plan string = 'flex'

@description('Size of a dedicated plan.')
param dedicatedSku string = 'B1'

@description('Memory of a Flex instance, in MB: a quarter of a core, one, or two.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances of one function (Flex). Azure may refuse fewer than 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that run steps and are always ready (Flex). With 0 a step may wait minutes for a wake-up.')
@minValue(0)
@maxValue(10)
param alwaysReady int = 1

@description('Copies of the state: ZRS where the region has zones.')
@allowed(['Standard_ZRS', 'Standard_LRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Where validation files are read: a container that anybody may read, or a static website where a policy forbids that.')
@allowed(['container', 'staticWebsite'])
param challengeStorage string = 'container'

// ------------------------------------------------------------------- the gateway

@description('Resource id of the Application Gateway (v2).')
param gatewayId string

@description('Backend pool that new rules use.')
param gatewayBackendName string

@description('Backend settings that new rules use.')
param gatewayHttpSettingsName string

@description('Resource ids of the subnets that the gateway is in, private link included.')
param gatewaySubnetIds array

@description('Resource ids of the gateway\'s public addresses.')
param gatewayPublicAddressIds array

@description('Resource ids of its firewall policies, those of listeners and path rules included.')
param gatewayFirewallPolicyIds array = []

@description('Resource id of the gateway\'s user-assigned identity. Empty: it has none yet, and cannot read the vault.')
param gatewayIdentityId string = ''

@description('builtInOnResources: Network Contributor on the gateway, its subnets, addresses and policies, one by one. custom: a role with the needed actions only. resourceGroup: Network Contributor on the gateway\'s group. none: somebody else runs the commands of the output gatewayRoleCommands.')
@allowed(['builtInOnResources', 'custom', 'resourceGroup', 'none'])
param gatewayRole string = 'builtInOnResources'

@description('Let certgate make the gateway\'s port-80 side: validation path and redirects.')
param manageHttpListener bool = false

@description('An Application Gateway beside that of gatewayId, which is the gateway default.')
type furtherGateway = {
  @description('1 to 16 lower-case letters and digits, a letter first.')
  @minLength(1)
  @maxLength(16)
  name: string

  @description('Resource id of the Application Gateway (v2).')
  id: string

  @description('Backend pool that new rules use.')
  backendName: string

  @description('Backend settings that new rules use.')
  httpSettingsName: string

  @description('Resource ids of the subnets that it is in, private link included.')
  subnetIds: string[]

  @description('Resource ids of its public addresses.')
  publicAddressIds: string[]

  @description('Resource ids of its firewall policies, those of listeners and path rules included.')
  firewallPolicyIds: string[]?

  @description('Resource id of its user-assigned identity. Without it, it cannot read the vault.')
  identityId: string?

  @description('Let certgate make its port-80 side.')
  manageHttpListener: bool?
}

@description('Further Application Gateways. gatewayRole holds for all of them.')
param furtherGateways furtherGateway[] = []

// ------------------------------------------------------- certificates, settings

@description('Directory URL of the certificate authority.')
param acmeEndpoint string

@description('Contact of the ACME account.')
param acmeAccountEmail string

@description('Certificate profile to ask for; empty for the authority\'s choice.')
param acmeProfile string = ''

@description('External account binding: the key id, for authorities that ask for it.')
param acmeEabKeyId string = ''

@description('External account binding: the base64 HMAC key.')
@secure()
param acmeEabHmacKey string = ''

@description('A certificate authority beside that of acmeEndpoint, which is the issuer default.')
type issuer = {
  @description('1 to 16 lower-case letters and digits, a letter first.')
  @minLength(1)
  @maxLength(16)
  name: string

  @description('Directory URL.')
  endpoint: string

  @description('Contact of the account.')
  accountEmail: string?

  @description('Certificate profile to ask for; without it the authority chooses.')
  profile: string?

  @description('Of several chains the one that ends at this issuer, by its common name.')
  preferredChain: string?

  @description('How CAA records name the authority, if its directory does not say.')
  caaDomains: string[]?

  @description('External account binding: the key id.')
  eabKeyId: string?

  @description('External account binding: name of the secret in the vault that holds the HMAC key.')
  eabSecret: string?
}

@description('Further certificate authorities.')
param issuers issuer[] = []

@description('Names of the authorities to order from, the first one first. Empty: default, then those of issuers in their order.')
param issuerOrder string[] = []

@description('Minutes for which an authority may be out of order before an order goes over to the next one; -1 for the default, 30.')
@minValue(-1)
@maxValue(10080)
param issuerPatienceMinutes int = -1

@description('Kind of key for new certificates; empty for RSA-2048, while certificates that were taken over keep theirs.')
@allowed(['', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384'])
param certificateKeyType string = ''

@description('DNS servers to ask, a comma list. Without it public ones, 1.1.1.1 and 8.8.8.8; the system\'s where those do not answer.')
param dnsResolvers string = ''

@description('Resource ids of DNS zones at Azure DNS in which the app may write TXT records, to prove hostnames and wildcards by dns-01.')
param dnsZoneIds string[] = []

@description('One of those zones, by its name, that others lead their challenge names to by CNAME; empty for none.')
param dnsDelegationZone string = ''

@description('How hostnames are proved for which nothing is asked; empty for auto: dns-01 where the app may write the zone, http-01 elsewhere.')
@allowed(['', 'auto', 'http-01', 'dns-01'])
param defaultValidation string = ''

@description('Issuer of programs\' bearer tokens, as https://login.microsoftonline.com/TENANT/v2.0; empty for none.')
param jwtIssuer string = ''

@description('Audience of those tokens, as api://certgate or a client id.')
param jwtAudience string = ''

@description('Who is told, as slack=https://..., teams=https://... or json=https://..., a comma list.')
@secure()
param notificationWebhooks string = ''

@description('Key that signs notifications to json receivers.')
@secure()
param notificationSecret string = ''

@description('What they are told; empty for the default.')
param notificationEvents string = ''

@description('Base URL of an OpenTelemetry collector; empty for none.')
param otlpEndpoint string = ''

@description('Headers of requests to it, a comma list of name=value.')
@secure()
param otlpHeaders string = ''

@description('Address under which callers reach /api, behind Front Door, API Management and the like; empty otherwise.')
param publicBaseUrl string = ''

@allowed(['debug', 'information', 'warning', 'error'])
param logLevel string = 'information'

@description('Further app settings, name to value. A run of the template replaces all settings there are.')
@secure()
param additionalAppSettings object = {}

// ------------------------------------------------------------------------ vault

@description('A vault of yours, in any group of the tenant, with RBAC; empty for one of its own.')
param existingKeyVaultId string = ''

@description('Resource ids of other vaults, with RBAC, whose certificates are on the gateway: the app sees who renews them, never a key.')
param otherKeyVaultIds array = []

@description('recover: the vault of an earlier installation was deleted and still holds the name.')
@allowed(['default', 'recover'])
param keyVaultCreateMode string = 'default'

// ------------------------------------------------------------------- site, people

@description('The web site. Without it only programs with tokens call.')
param deploySite bool = true

@description('Region of the Static Web App resource; its files are served everywhere.')
@allowed(['westus2', 'centralus', 'eastus2', 'westeurope', 'eastasia'])
param siteLocation string = 'westeurope'

@description('Entra registration of the site, for roles from groups or app roles (more than 25 people); empty for invitations.')
param siteClientId string = ''

@description('Secret of that registration.')
@secure()
param siteClientSecret string = ''

@description('Group ids and app roles that make people reader, operator or admin, a comma list of value=role. Needs siteClientId.')
param siteRoles string = ''

// --------------------------------------------------------------------- monitoring

@description('Workspace of yours for logs; empty for one of its own.')
param existingWorkspaceId string = ''

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Who gets alarms by e-mail.')
param alertEmails array = []

@description('Action group of yours that is told as well.')
param existingActionGroupId string = ''

// ------------------------------------------------------------------------ network

@description('none, or existing: state and vault behind private endpoints in your network, the app joined to it.')
@allowed(['none', 'existing'])
param network string = 'none'

@description('Subnet of the app: at least /27, delegated to Microsoft.App/environments (Flex) or Microsoft.Web/serverFarms (dedicated), used by nothing else, no underscore in its name.')
param appSubnetId string = ''

@description('Another subnet, for private endpoints.')
param endpointSubnetId string = ''

@description('Private DNS zones that exist, by service (blob, queue, table, vault); the others are made.')
param privateDnsZoneIds object = {}

// -------------------------------------------------------------------------- code

@description('Release to install.')
param version string = trim(loadTextContent('../VERSION'))

@description('owner/name of the repository that has the release.')
param repository string = 'OWNER/certgate'

@description('Package to install; it must be readable without signing in.')
param packageUri string = 'https://github.com/${repository}/releases/download/v${version}/certgate.zip'

@description('False for a change of settings only, and where deploy.sh uploads the package.')
param deployCode bool = true

@description('Tags of app and site by which azd finds them.')
param apiTags object = {}
param siteTags object = {}

// ----------------------------------------------------------------------- identity

@description('A user-assigned identity of yours for the app, in any group of the tenant; empty for one of its own. Nothing else should use it: it can write the gateway.')
param existingIdentityId string = ''

// ------------------------------------------------------------------------- guards

var gatewayParts = split(gatewayId, '/')
var gateway = length(gatewayParts) == 9 && toLower(gatewayParts[7]) == 'applicationgateways'
  ? { subscription: gatewayParts[2], group: gatewayParts[4], name: gatewayParts[8] }
  : fail('gatewayId is not the id of an Application Gateway: /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/applicationGateways/NAME. `az network application-gateway show --query id` prints it.')

var noGateways = filter(furtherGateways, g => length(split(g.id, '/')) != 9 || !contains(toLower(g.id), '/providers/microsoft.network/applicationgateways/'))
var gatewayNames = concat(['default'], map(furtherGateways, g => g.name))
var distinctGateways = union([toLower(gatewayId)], map(furtherGateways, g => toLower(g.id)))
var otherGateways = length(union(gatewayNames, [])) != length(gatewayNames)
  ? fail('furtherGateways has a name twice, or default, which is the gateway of gatewayId.')
  : !empty(noGateways)
  ? fail('furtherGateways has an id that is not that of an Application Gateway: ${join(map(noGateways, g => g.name), ', ')}.')
  : length(distinctGateways) != length(gatewayNames)
  ? fail('furtherGateways has a gateway twice, or that of gatewayId; each has one name.')
  : furtherGateways

// Gateways may share a subnet, a policy or an identity, and a role is given once. Those of
// the gateway default stay as they are written: names of assignments are made of them.
var ofOthers = {
  gateways: map(otherGateways, g => toLower(g.id))
  subnets: flatten(map(otherGateways, g => map(g.subnetIds, id => toLower(id))))
  addresses: flatten(map(otherGateways, g => map(g.publicAddressIds, id => toLower(id))))
  policies: flatten(map(otherGateways, g => map(g.?firewallPolicyIds ?? [], id => toLower(id))))
  identities: map(filter(otherGateways, g => !empty(g.?identityId)), g => toLower(g.identityId!))
}
var ofDefault = {
  subnets: map(gatewaySubnetIds, id => toLower(id))
  addresses: map(gatewayPublicAddressIds, id => toLower(id))
  policies: map(gatewayFirewallPolicyIds, id => toLower(id))
}
var subnetIds = union(gatewaySubnetIds, filter(ofOthers.subnets, id => !contains(ofDefault.subnets, id)))
var publicAddressIds = union(gatewayPublicAddressIds, filter(ofOthers.addresses, id => !contains(ofDefault.addresses, id)))
var firewallPolicyIds = union(gatewayFirewallPolicyIds, filter(ofOthers.policies, id => !contains(ofDefault.policies, id)))
var otherGatewayIdentityIds = union(filter(ofOthers.identities, id => id != toLower(gatewayIdentityId)), [])

var identityParts = split(existingIdentityId, '/')
var ownIdentity = empty(existingIdentityId) ? true
  : length(identityParts) != 9 || toLower(identityParts[7]) != 'userassignedidentities'
  ? fail('existingIdentityId is not the id of a user-assigned identity: /subscriptions/.../resourceGroups/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME. `az identity show --query id` prints it.')
  : contains(concat([toLower(gatewayIdentityId)], otherGatewayIdentityIds), toLower(existingIdentityId))
  ? fail('existingIdentityId is the gateway\'s identity: the app needs one of its own, or the gateway could read and write all that the app can.')
  : false

var joined = network == 'none' ? false
  : empty(appSubnetId) || empty(endpointSubnetId)
  ? fail('network is existing, so appSubnetId and endpointSubnetId are both needed.')
  : toLower(appSubnetId) == toLower(endpointSubnetId)
  ? fail('appSubnetId and endpointSubnetId are the same subnet; that of the app takes nothing else.')
  : contains(last(split(appSubnetId, '/')), '_')
  ? fail('The name of the app\'s subnet has an underscore, which Flex Consumption refuses.')
  : true

var programs = empty(jwtIssuer) != empty(jwtAudience)
  ? fail('jwtIssuer and jwtAudience are of use together only.')
  : !empty(jwtIssuer)

var ownRegistration = empty(siteClientId) && !empty(siteRoles)
  ? fail('siteRoles needs siteClientId, the site\'s own Entra registration.')
  : !empty(siteClientId) && (empty(siteRoles) || empty(siteClientSecret))
  ? fail('siteClientId needs siteRoles, or nobody has a role, and siteClientSecret.')
  : !empty(siteClientId)

var signIn = deploySite || programs
  ? true
  : fail('Nobody could call: take the site (deploySite), or set jwtIssuer and jwtAudience.')

var issuerNames = concat(['default'], map(issuers, i => i.name))
var orderedIssuers = empty(issuerOrder) ? issuerNames : issuerOrder
var unknownIssuers = filter(orderedIssuers, name => !contains(issuerNames, name))
var issuerList = length(union(issuerNames, [])) != length(issuerNames)
  ? fail('issuers has a name twice, or default, which is the authority of acmeEndpoint.')
  : !empty(unknownIssuers)
  ? fail('issuerOrder names an authority that is neither default nor in issuers: ${join(unknownIssuers, ', ')}.')
  : empty(issuers) ? '' : join(orderedIssuers, ',')

var dnsZones = union(map(dnsZoneIds, id => toLower(id)), [])

// -------------------------------------------------------------------------- names

var unique = take(uniqueString(resourceGroup().id, prefix), 6)
var name = '${toLower(prefix)}-${unique}'
var compact = '${toLower(replace(prefix, '-', ''))}${unique}'

var functionAppName = 'func-${name}'
var stateAccountName = 'st${compact}state'
var challengeAccountName = 'st${compact}acme'
var deploymentContainer = 'package'
var identityName = ownIdentity ? 'id-${name}' : identityParts[8]
var insightsName = 'appi-${name}'
var workspaceName = 'log-${name}'
var siteName = 'swa-${name}'

var vaultParts = split(existingKeyVaultId, '/')
var ownVault = empty(existingKeyVaultId)
var vault = {
  name: ownVault ? 'kv-${name}' : vaultParts[8]
  group: ownVault ? resourceGroup().name : vaultParts[4]
  subscription: ownVault ? subscription().subscriptionId : vaultParts[2]
}
var vaultUri = 'https://${vault.name}${environment().suffixes.keyvaultDns}'

var identityId = ownIdentity ? resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', identityName) : existingIdentityId
var insightsId = resourceId('Microsoft.Insights/components', insightsName)
var workspaceId = empty(existingWorkspaceId) ? resourceId('Microsoft.OperationalInsights/workspaces', workspaceName) : existingWorkspaceId
var stateAccountId = resourceId('Microsoft.Storage/storageAccounts', stateAccountName)
var website = challengeStorage == 'staticWebsite'
var challengeContainer = website ? '$web' : 'challenges'
var containerUrl = 'https://${challengeAccountName}.blob.${environment().suffixes.storage}/${challengeContainer}'

// ------------------------------------------------------------------- the settings

var publicCloud = cloud == 'AzureCloud'

// Secret settings are references to secrets of the vault (modules/vaultSecrets.bicep).
var secretSettings = filter([
  { key: 'AcmeEabHmacKey', given: !empty(acmeEabHmacKey), value: '@Microsoft.KeyVault(SecretUri=${vaultUri}/secrets/certgate-setting-acme-eab-hmac-key)' }
  { key: 'NotificationWebhooks', given: !empty(notificationWebhooks), value: '@Microsoft.KeyVault(SecretUri=${vaultUri}/secrets/certgate-setting-notification-webhooks)' }
  { key: 'NotificationSecret', given: !empty(notificationSecret), value: '@Microsoft.KeyVault(SecretUri=${vaultUri}/secrets/certgate-setting-notification-secret)' }
  { key: 'OTEL_EXPORTER_OTLP_HEADERS', given: !empty(otlpHeaders), value: '@Microsoft.KeyVault(SecretUri=${vaultUri}/secrets/certgate-setting-otlp-headers)' }
], s => s.given)

// The public cloud's account has a short form, which the host reads without fail;
// elsewhere the host needs the endpoints.
var storageSettings = publicCloud
  ? { AzureWebJobsStorage__accountName: stateAccountName }
  : {
      AzureWebJobsStorage__blobServiceUri: 'https://${stateAccountName}.blob.${environment().suffixes.storage}'
      AzureWebJobsStorage__queueServiceUri: 'https://${stateAccountName}.queue.${environment().suffixes.storage}'
      AzureWebJobsStorage__tableServiceUri: 'https://${stateAccountName}.table.${environment().suffixes.storage}'
    }

var issuerSettings = flatten(map(issuers, i => [
  { key: 'Issuer__${i.name}__Endpoint', value: i.endpoint }
  { key: 'Issuer__${i.name}__AccountEmail', value: i.?accountEmail ?? '' }
  { key: 'Issuer__${i.name}__Profile', value: i.?profile ?? '' }
  { key: 'Issuer__${i.name}__PreferredChain', value: i.?preferredChain ?? '' }
  { key: 'Issuer__${i.name}__CaaDomains', value: join(i.?caaDomains ?? [], ',') }
  { key: 'Issuer__${i.name}__EabKeyId', value: i.?eabKeyId ?? '' }
  { key: 'Issuer__${i.name}__EabSecret', value: i.?eabSecret ?? '' }
]))

var gatewaySettings = flatten(map(otherGateways, g => [
  { key: 'Gateway__${g.name}__ResourceId', value: g.id }
  { key: 'Gateway__${g.name}__BackendPool', value: g.backendName }
  { key: 'Gateway__${g.name}__HttpSettings', value: g.httpSettingsName }
  { key: 'Gateway__${g.name}__ManageHttpListener', value: (g.?manageHttpListener ?? false) ? 'true' : 'false' }
]))

var wanted = {
  AzureCloud: publicCloud ? '' : cloud
  AcmeEndpoint: acmeEndpoint
  AcmeAccountEmail: acmeAccountEmail
  AcmeProfile: acmeProfile
  AcmeEabKeyId: acmeEabKeyId
  Issuers: issuerList
  IssuerPatienceMinutes: issuerPatienceMinutes < 0 ? '' : string(issuerPatienceMinutes)
  TenantId: tenant().tenantId
  SubscriptionId: gateway.subscription
  ApplicationGatewayResourceGroup: gateway.group
  ApplicationGatewayName: gateway.name
  ApplicationGatewayBackendName: gatewayBackendName
  ApplicationGatewayHttpSettingsName: gatewayHttpSettingsName
  ManageHttpListener: manageHttpListener ? 'true' : 'false'
  BlobContainerUrl: containerUrl
  KeyVaultBaseUrl: vaultUri
  CertificateKeyType: certificateKeyType
  DnsResolvers: dnsResolvers
  Dns__azure__Provider: empty(dnsZoneIds) ? '' : 'azuredns'
  Dns__azure__Zones: join(dnsZones, ',')
  DnsDelegationZone: dnsDelegationZone
  DefaultValidation: defaultValidation
  JwtIssuer: jwtIssuer
  JwtAudience: jwtAudience
  SiteRoles: siteRoles
  NotificationEvents: notificationEvents
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
  PublicBaseUrl: publicBaseUrl
  LogLevel: logLevel
  AzureWebJobsStorage__credential: 'managedidentity'
}
var given = toObject(concat(filter(concat(items(wanted), issuerSettings, gatewaySettings), s => !empty(s.value)), secretSettings), s => s.key, s => s.value)

// ---------------------------------------------------------------------- resources

module identity 'modules/identity.bicep' = if (ownIdentity) {
  name: 'certgate-identity'
  params: {
    name: identityName
    location: location
    tags: tags
  }
}

resource existingIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = if (!ownIdentity) {
  name: identityName
  scope: resourceGroup(ownIdentity ? subscription().subscriptionId : identityParts[2], ownIdentity ? resourceGroup().name : identityParts[4])
}

var principalId = ownIdentity ? identity!.outputs.principalId : existingIdentity!.properties.principalId
var clientId = ownIdentity ? identity!.outputs.clientId : existingIdentity!.properties.clientId

module state 'modules/stateStorage.bicep' = {
  name: 'certgate-state'
  params: {
    name: stateAccountName
    location: location
    tags: tags
    redundancy: storageRedundancy
    deploymentContainer: deploymentContainer
    identityId: identityId
    principalId: principalId
    publicNetworkAccess: !joined
  }
}

module challenges 'modules/challengeStorage.bicep' = {
  name: 'certgate-challenges'
  params: {
    name: challengeAccountName
    location: location
    tags: tags
    redundancy: storageRedundancy
    kind: challengeStorage
    identityId: identityId
    principalId: principalId
  }
}

module ownKeyVault 'modules/vault.bicep' = if (ownVault) {
  name: 'certgate-vault'
  params: {
    name: vault.name
    location: location
    tags: tags
    createMode: keyVaultCreateMode
    publicNetworkAccess: !joined
  }
}

resource gatewayIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = if (!empty(gatewayIdentityId)) {
  name: empty(gatewayIdentityId) ? 'none' : split(gatewayIdentityId, '/')[8]
  scope: resourceGroup(empty(gatewayIdentityId) ? subscription().subscriptionId : split(gatewayIdentityId, '/')[2], empty(gatewayIdentityId) ? resourceGroup().name : split(gatewayIdentityId, '/')[4])
}

module vaultRoles 'modules/vaultRoles.bicep' = {
  name: 'certgate-vault-roles'
  scope: resourceGroup(vault.subscription, vault.group)
  params: {
    vaultName: vault.name
    identityId: identityId
    principalId: principalId
    gatewayIdentityId: gatewayIdentityId
    gatewayPrincipalId: empty(gatewayIdentityId) ? '' : gatewayIdentity!.properties.principalId
  }
  dependsOn: [ownKeyVault]
}

module otherGatewaysReadVault 'modules/gatewayReadsVault.bicep' = [for (id, i) in otherGatewayIdentityIds: {
  name: 'certgate-vault-gateway-${i}'
  scope: resourceGroup(vault.subscription, vault.group)
  params: {
    vaultName: vault.name
    gatewayIdentityId: id
  }
  dependsOn: [ownKeyVault]
}]

module otherVaults 'modules/roleOnVault.bicep' = [for (id, i) in union(map(otherKeyVaultIds, id => toLower(id)), []): {
  name: 'certgate-role-vault-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    identityId: identityId
    principalId: principalId
  }
}]

module dnsZoneRoles 'modules/roleOnDnsZone.bicep' = [for (id, i) in dnsZones: {
  name: 'certgate-role-dns-zone-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    identityId: identityId
    principalId: principalId
  }
}]

module vaultSecrets 'modules/vaultSecrets.bicep' = {
  name: 'certgate-vault-secrets'
  scope: resourceGroup(vault.subscription, vault.group)
  params: {
    vaultName: vault.name
    acmeEabHmacKey: acmeEabHmacKey
    notificationWebhooks: notificationWebhooks
    notificationSecret: notificationSecret
    otlpHeaders: otlpHeaders
  }
  dependsOn: [ownKeyVault]
}

module onGateway 'modules/gateway.bicep' = {
  name: 'certgate-gateway-roles'
  params: {
    gatewayId: gatewayId
    otherGatewayIds: ofOthers.gateways
    subnetIds: subnetIds
    publicAddressIds: publicAddressIds
    firewallPolicyIds: firewallPolicyIds
    gatewayIdentityIds: concat(empty(gatewayIdentityId) ? [] : [gatewayIdentityId], otherGatewayIdentityIds)
    gatewayRole: gatewayRole
    identityId: identityId
    principalId: principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'certgate-monitoring'
  params: {
    workspaceName: workspaceName
    existingWorkspaceId: existingWorkspaceId
    name: insightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    identityId: identityId
    principalId: principalId
  }
}

module privateNetwork 'modules/privateNetwork.bicep' = if (joined) {
  name: 'certgate-private-network'
  params: {
    prefix: name
    location: location
    tags: tags
    endpointSubnetId: endpointSubnetId
    stateAccountId: stateAccountId
    vaultId: ownVault ? resourceId('Microsoft.KeyVault/vaults', vault.name) : ''
    zoneIds: privateDnsZoneIds
  }
  dependsOn: [state, ownKeyVault]
}

module app 'modules/functionApp.bicep' = {
  name: 'certgate-app'
  params: {
    planName: 'plan-${name}'
    name: functionAppName
    location: location
    tags: union(tags, apiTags)
    plan: plan
    dedicatedSku: dedicatedSku
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    packageContainerUrl: 'https://${stateAccountName}.blob.${environment().suffixes.storage}/${deploymentContainer}'
    runFromPackage: deployCode ? packageUri : '1'
    identityId: identityId
    subnetId: joined ? appSubnetId : ''
    settings: union(given, storageSettings, additionalAppSettings)
    lateSettings: union(
      {
        AZURE_CLIENT_ID: clientId
        AzureWebJobsStorage__clientId: clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
      },
      website ? { ChallengeWebsiteUrl: challenges.outputs.origin } : {}
    )
  }
  // The host reads storage as soon as it starts, and settings refer to the vault.
  dependsOn: [state, vaultRoles, otherGatewaysReadVault, vaultSecrets, onGateway, privateNetwork]
}

module site 'modules/site.bicep' = if (deploySite) {
  name: 'certgate-site'
  params: {
    name: siteName
    location: siteLocation
    tags: union(tags, siteTags)
    functionAppName: functionAppName
    functionAppLocation: toLower(replace(location, ' ', ''))
    ownRegistration: ownRegistration
    clientId: siteClientId
    clientSecret: siteClientSecret
  }
  dependsOn: [app]
}

module people 'modules/signIn.bicep' = if (signIn) {
  name: 'certgate-sign-in'
  params: {
    functionAppName: functionAppName
    siteHostname: deploySite ? site!.outputs.hostname : ''
    jwtIssuer: jwtIssuer
    jwtAudience: jwtAudience
  }
  dependsOn: [app]
}

module code 'modules/code.bicep' = if (deployCode && plan == 'flex') {
  name: 'certgate-code'
  params: {
    functionAppName: functionAppName
    packageUri: packageUri
  }
  dependsOn: [app, people]
}

module alerts 'modules/alerts.bicep' = {
  name: 'certgate-alerts'
  params: {
    location: location
    tags: tags
    prefix: name
    functionAppName: functionAppName
    functionAppHostname: app.outputs.hostname
    workspaceId: workspaceId
    insightsId: insightsId
    emails: alertEmails
    existingActionGroupId: existingActionGroupId
    gatewayId: gatewayId
    otherGateways: map(otherGateways, g => { name: g.name, id: g.id })
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'certgate-workbook'
  params: {
    location: location
    tags: tags
    functionAppName: functionAppName
    workspaceId: workspaceId
    insightsId: insightsId
  }
  dependsOn: [monitoring]
}

// ------------------------------------------------------------------------ outputs

output functionAppName string = functionAppName
output functionAppHostname string = app.outputs.hostname
output siteName string = deploySite ? siteName : ''
output siteHostname string = deploySite ? site!.outputs.hostname : ''
output identityName string = identityName
output identityPrincipalId string = principalId
output keyVaultName string = vault.name
output stateAccountName string = stateAccountName
output challengeAccountName string = challengeAccountName
output challengeContainerUrl string = containerUrl
@description('Where the gateway\'s path rule /.well-known/acme-challenge/* leads.')
output challengeOrigin string = challenges.outputs.origin
@description('Path that the rule\'s backend settings put in place of the matched one; empty for none.')
output challengePath string = website ? '' : '/${challengeContainer}/.well-known/acme-challenge/'
@description('False where a policy closed the container: take challengeStorage staticWebsite.')
output challengesReadable bool = website || challenges.outputs.anonymousReadsAllowed
output gatewayRoleCommands array = onGateway.outputs.commands
output next string = 'The site has no files yet, and nobody is invited: deploy/deploy.sh --resource-group ${resourceGroup().name} does both, and tests the installation.'
