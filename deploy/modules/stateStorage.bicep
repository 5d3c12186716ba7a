// The storage account of the engine and of the Functions host: table, queues, the
// host's own blobs, the deployed package. Reached by the app's identity alone.

import { roles } from '../roles.bicep'

@maxLength(24)
param name string
param location string
param tags object
param redundancy string
param deploymentContainer string
param identityId string
param principalId string
@description('Closed where private endpoints lead to it.')
param publicNetworkAccess bool

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: deploymentContainer
      properties: { publicAccess: 'None' }
    }
  }

  // The app makes these where it misses them. They are here so that the scaler and
  // the alerts have something to look at before the first request.
  resource queueService 'queueServices' = {
    name: 'default'

    resource steps 'queues' = { name: 'certgate-steps' }
    resource poison 'queues' = { name: 'certgate-steps-poison' }
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource state 'tables' = { name: 'certgate' }
  }
}

var needed = [
  roles.storageBlobDataOwner // the host's locks and keys, the package
  roles.storageQueueDataContributor
  roles.storageTableDataContributor
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in needed: {
  name: guid(account.id, identityId, role)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]
