using '../main.bicep'

// Every option that goes with the others: firewall policies, two subnets, external
// account binding, a second gateway that shares policy and identity with the first, a
// second authority, DNS zones, programs, receivers, a vault of others, a collector,
// a registration of the site's
// own, alarms, a static website, the code from a release.
param prefix = 'certs'
param cloud = 'AzureCloud'
param tags = { owner: 'platform' }
param instanceMemoryMB = 512
param maximumInstanceCount = 100
param alwaysReady = 2
param storageRedundancy = 'Standard_GZRS'
param challengeStorage = 'staticWebsite'
param gatewayId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/shared'
param gatewayBackendName = 'app-backend'
param gatewayHttpSettingsName = 'app-https-settings'
param gatewaySubnetIds = [
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway'
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway-link'
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway'
]
param gatewayPublicAddressIds = [
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/shared-v4'
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/shared-v6'
]
param gatewayFirewallPolicyIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/shared']
param gatewayIdentityId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway'
param manageHttpListener = true
param furtherGateways = [
  {
    name: 'eu'
    id: '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/applicationGateways/shared-eu'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/virtualNetworks/hub-eu/subnets/gateway']
    publicAddressIds: ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/publicIPAddresses/shared-eu']
    firewallPolicyIds: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/shared']
    identityId: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway'
    manageHttpListener: true
  }
]
param acmeEndpoint = 'https://acme.zerossl.com/v2/DV90'
param acmeAccountEmail = 'platform@example.com'
param acmeProfile = 'tlsserver'
param acmeEabKeyId = 'kid-1'
param acmeEabHmacKey = 'bWFrZS1iZWxpZXZlLWhtYWMta2V5LTAxMjM0NTY3ODk'
param issuers = [
  {
    name: 'letsencrypt'
    endpoint: 'https://acme-v02.api.letsencrypt.org/directory'
    accountEmail: 'platform@example.com'
    profile: 'tlsserver'
    preferredChain: 'ISRG Root X1'
    caaDomains: ['letsencrypt.org']
  }
  {
    name: 'google'
    endpoint: 'https://dv.acme-v02.api.pki.goog/directory'
    eabKeyId: 'kid-2'
    eabSecret: 'certgate-eab-google'
  }
]
param issuerOrder = ['letsencrypt', 'google', 'default']
param issuerPatienceMinutes = 60
param certificateKeyType = 'EC-P256'
param dnsResolvers = '1.1.1.1,8.8.8.8'
param dnsZoneIds = [
  '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/dns/providers/Microsoft.Network/dnsZones/example.com'
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/dnszones/acme.platform.example'
  '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/DNS/providers/Microsoft.Network/dnsZones/example.com'
]
param dnsDelegationZone = 'acme.platform.example'
param defaultValidation = 'auto'
param jwtIssuer = 'https://login.microsoftonline.com/99999999-9999-9999-9999-999999999999/v2.0'
param jwtAudience = 'api://certgate'
param notificationWebhooks = 'json=https://ops.example.com/certgate'
param notificationSecret = 'make-believe-signing-key'
param notificationEvents = 'completed,failed,overdue,notServed,recovered'
param otlpEndpoint = 'https://otlp.example.com:4318'
param otlpHeaders = 'api-key=bWFrZS1iZWxpZXZl'
param publicBaseUrl = 'https://certificates.example.com'
param logLevel = 'debug'
param additionalAppSettings = { HistoryRetentionDays: '30' }
param keyVaultCreateMode = 'recover'
param otherKeyVaultIds = [
  '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/shops/providers/Microsoft.KeyVault/vaults/shops'
  '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/Shops/providers/Microsoft.KeyVault/vaults/shops'
]
param siteLocation = 'eastus2'
param siteClientId = '22222222-2222-2222-2222-222222222222'
param siteClientSecret = 'make-believe-client-secret'
param siteRoles = '33333333-3333-3333-3333-333333333333=admin,certgate.Operator=operator'
param logRetentionDays = 90
param alertEmails = ['platform@example.com']
param existingActionGroupId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/on-call'
param apiTags = { 'azd-service-name': 'api' }
param siteTags = { 'azd-service-name': 'web' }
