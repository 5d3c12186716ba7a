// DNS Zone Contributor of the app on one DNS zone, in that zone's own group: it writes and
// removes the TXT records of dns-01 there.

import { roles } from '../roles.bicep'

param name string
param identityId string
param principalId string

resource target 'Microsoft.Network/dnsZones@2018-05-01' existing = {
  name: name
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(target.id, identityId, roles.dnsZoneContributor)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.dnsZoneContributor)
  }
}
