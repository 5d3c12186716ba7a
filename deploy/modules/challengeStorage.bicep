// The account of the validation files. The gateway reads them without signing in,
// since a gateway has no identity towards blobs, so they have an account of their
// own that holds nothing else.
//
// container:     anybody may read a blob whose name is known.
// staticWebsite: for subscriptions whose policy forbids the first. The blob endpoint
//                stays closed; the website endpoint serves the same files.

import { roles } from '../roles.bicep'

@maxLength(24)
param name string
param location string
param tags object
param redundancy string
@allowed(['container', 'staticWebsite'])
param kind string
param identityId string
param principalId string

var website = kind == 'staticWebsite'
var containerName = website ? '$web' : 'challenges'

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: !website
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: website ? { staticWebsite: { enabled: true } } : {}

    resource challenges 'containers' = {
      name: containerName
      properties: { publicAccess: website ? 'None' : 'Blob' }
    }
  }

  // certgate removes each file when its order ends. This is for what a deleted
  // installation leaves.
  resource leftovers 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'remove-old-validation-files'
            enabled: true
            type: 'Lifecycle'
            definition: {
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
              filters: {
                blobTypes: ['blockBlob']
                prefixMatch: ['${containerName}/.well-known/acme-challenge/']
              }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::challenges.id, identityId, roles.storageBlobDataContributor)
  scope: account::blobs::challenges
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
  }
}

@description('Where the gateway fetches the files: host of the website, or of the container.')
output origin string = website ? account.properties.primaryEndpoints.web : account.properties.primaryEndpoints.blob

@description('False although the container should be readable: a policy of the subscription closed it.')
output anonymousReadsAllowed bool = account.properties.allowBlobPublicAccess
