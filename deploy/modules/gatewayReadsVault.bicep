// Key Vault Secrets User of a further gateway's identity on the vault, in the vault's
// group: the gateway reads what it serves.

import { roles } from '../roles.bicep'

param vaultName string
param gatewayIdentityId string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource gatewayIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: split(gatewayIdentityId, '/')[8]
  scope: resourceGroup(split(gatewayIdentityId, '/')[2], split(gatewayIdentityId, '/')[4])
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, gatewayIdentityId, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: gatewayIdentity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}
