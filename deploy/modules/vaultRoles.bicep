// Who may do what in the vault, which may be in another group: the app makes
// certificates and keeps its ACME account, the gateway reads what it serves.

import { roles } from '../roles.bicep'

param vaultName string
param identityId string
param principalId string
@description('Empty for a gateway without an identity, which cannot read a vault yet.')
param gatewayIdentityId string
param gatewayPrincipalId string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

var ofTheApp = [
  roles.keyVaultCertificatesOfficer
  roles.keyVaultSecretsOfficer // the ACME account; covers Key Vault references in app settings
]

resource app 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in ofTheApp: {
  name: guid(vault.id, identityId, role)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource gateway 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(gatewayIdentityId)) {
  name: guid(vault.id, gatewayIdentityId, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}
