using '../main.bicep'

// A gateway of another subscription whose network and identity have groups of their
// own. The role is on the gateway's group; what lies outside it gets its own. A second
// gateway is in that group too, a third in another one.
param cloud = 'AzureCloud'
param gatewayId = '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/Edge/providers/Microsoft.Network/applicationGateways/front'
param gatewayBackendName = 'app-backend'
param gatewayHttpSettingsName = 'app-https-settings'
param gatewaySubnetIds = ['/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
param gatewayPublicAddressIds = ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/edge/providers/Microsoft.Network/publicIPAddresses/front']
param gatewayFirewallPolicyIds = ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/waf/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/front']
param gatewayIdentityId = '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/front'
param gatewayRole = 'resourceGroup'
param acmeEndpoint = 'https://acme-v02.api.letsencrypt.org/directory'
param acmeAccountEmail = 'platform@example.com'
param furtherGateways = [
  {
    name: 'beside'
    id: '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/edge/providers/Microsoft.Network/applicationGateways/beside'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
    publicAddressIds: ['/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/edge/providers/Microsoft.Network/publicIPAddresses/beside']
    identityId: '/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/front'
  }
  {
    name: 'us'
    id: '/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/edge-us/providers/Microsoft.Network/applicationGateways/front-us'
    backendName: 'app-backend'
    httpSettingsName: 'app-https-settings'
    subnetIds: ['/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway-us']
    publicAddressIds: ['/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/edge-us/providers/Microsoft.Network/publicIPAddresses/front-us']
    identityId: '/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/front-us'
  }
]
