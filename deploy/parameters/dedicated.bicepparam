using '../main.bicep'

// One process that is always on, in a sovereign cloud, without a site: programs
// with tokens call. Another team grants the roles on the gateway.
param cloud = 'AzureUSGovernment'
param location = 'usgovvirginia'
param gatewayId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/shared'
param gatewayBackendName = 'app-backend'
param gatewayHttpSettingsName = 'app-https-settings'
param gatewaySubnetIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/gateway']
param gatewayPublicAddressIds = ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/publicIPAddresses/shared']
param gatewayIdentityId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway'
param acmeEndpoint = 'https://acme-v02.api.letsencrypt.org/directory'
param acmeAccountEmail = 'platform@example.com'
param gatewayRole = 'none'
param plan = 'dedicated'
param dedicatedSku = 'P0v3'
param storageRedundancy = 'Standard_LRS'
param deploySite = false
param jwtIssuer = 'https://login.microsoftonline.us/99999999-9999-9999-9999-999999999999/v2.0'
param jwtAudience = 'api://certgate'
