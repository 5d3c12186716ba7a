// existingIdentityId is the gateway's identity
using '../main.bicep'

param cloud = 'AzureCloud'
param gatewayId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/shared'
param gatewayBackendName = 'app-backend'
param gatewayHttpSettingsName = 'app-https-settings'
param gatewaySubnetIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
param gatewayPublicAddressIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/shared']
param gatewayIdentityId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway'
param acmeEndpoint = 'https://acme-v02.api.letsencrypt.org/directory'
param acmeAccountEmail = 'platform@example.com'
param furtherGateways = [
  {
    name: 'eu'
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/eu'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
    publicAddressIds: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/eu']
    identityId: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/eu'
  }
]
param existingIdentityId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/eu'
