// The app may see what is in a vault of others: names, tags, dates and certificates, never
// a key or a secret's value.

import { roles } from '../roles.bicep'

param name string
param identityId string
param principalId string

resource target 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: name
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(target.id, identityId, roles.keyVaultReader)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultReader)
  }
}
