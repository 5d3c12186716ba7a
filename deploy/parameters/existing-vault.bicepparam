using '../main.bicep'

// What exists already: a vault in another group of another subscription, a workspace
// and an identity of the platform team's. A role with the needed actions only, the
// code left as it is.
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
param existingKeyVaultId = '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/secrets/providers/Microsoft.KeyVault/vaults/certificates'
param existingWorkspaceId = '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/platform'
param existingIdentityId = '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/certgate'
param notificationWebhooks = 'slack=https://hooks.slack.com/services/T000/B000/XXXX'
param deployCode = false
