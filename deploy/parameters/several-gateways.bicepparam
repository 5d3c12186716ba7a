using '../main.bicep'

// Three gateways, and a role with the needed actions only: two in one subnet, the third
// in another subscription with an identity of its own; the second has none yet.
param cloud = 'AzureCloud'
param gatewayId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/shared'
param gatewayBackendName = 'app-backend'
param gatewayHttpSettingsName = 'app-https-settings'
param gatewaySubnetIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
param gatewayPublicAddressIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/shared']
param gatewayIdentityId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway'
param acmeEndpoint = 'https://acme-v02.api.letsencrypt.org/directory'
param acmeAccountEmail = 'platform@example.com'
param gatewayRole = 'custom'
param furtherGateways = [
  {
    name: 'second'
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.Network/applicationGateways/second'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
    publicAddressIds: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.Network/publicIPAddresses/second']
  }
  {
    name: 'eu'
    id: '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/applicationGateways/front'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
    publicAddressIds: ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/publicIPAddresses/front']
    identityId: '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.ManagedIdentity/userAssignedIdentities/front'
  }
]
