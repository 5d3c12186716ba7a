// A vault of its own: whoever may read its secrets may read every key in it.

@maxLength(24)
param name string
param location string
param tags object
@description('default, or recover for a vault that was deleted and whose name is still taken.')
param createMode string
@description('Closed where private endpoints lead to it.')
param publicNetworkAccess bool

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    createMode: createMode
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    enabledForDeployment: false
    enabledForDiskEncryption: false
    // The gateway's first look at a new secret is a deployment's, made by the service.
    enabledForTemplateDeployment: false
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      // The gateway's control plane is among the trusted services.
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }
}
