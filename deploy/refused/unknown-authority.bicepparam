// issuerOrder names an authority that is neither default nor in issuers: letsencrypt.
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
param issuers = [{ name: 'zerossl', endpoint: 'https://acme.zerossl.com/v2/DV90' }]
param issuerOrder = ['zerossl', 'letsencrypt']
