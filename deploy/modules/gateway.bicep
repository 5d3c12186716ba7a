// What the app may do with the gateway and with what the gateway is joined to. Azure
// checks all of them when the gateway is written.
//
// The gateway itself is never part of a template: to write it is to replace the
// whole document, and certgate's listeners would go.

import { roles } from '../roles.bicep'

param gatewayId string
param subnetIds array
param publicAddressIds array
param firewallPolicyIds array
param gatewayIdentityId string
@allowed(['builtInOnResources', 'custom', 'resourceGroup', 'none'])
param gatewayRole string
param identityId string
param principalId string

var customRole = guid(gatewayId, 'certgate-gateway-writer')
var custom = gatewayRole == 'custom'
var granted = gatewayRole != 'none'
var network = custom ? customRole : roles.networkContributor
var operator = custom ? customRole : roles.managedIdentityOperator

// /subscriptions/<2>/resourceGroups/<4>/providers/<6>/<7>/<8>[/<9>/<10>]
var gateway = split(gatewayId, '/')
var gatewayGroup = toLower('/subscriptions/${gateway[2]}/resourceGroups/${gateway[4]}/')
var wholeGroup = gatewayRole == 'resourceGroup'

// With a role on the gateway's group, single resources matter only outside it.
var subnets = !granted ? [] : filter(subnetIds, id => !wholeGroup || !startsWith(toLower(id), gatewayGroup))
var addresses = !granted ? [] : filter(publicAddressIds, id => !wholeGroup || !startsWith(toLower(id), gatewayGroup))
var policies = !granted ? [] : filter(firewallPolicyIds, id => !wholeGroup || !startsWith(toLower(id), gatewayGroup))
var identities = !granted || empty(gatewayIdentityId) ? [] : [gatewayIdentityId]

var all = concat([gatewayId], subnetIds, publicAddressIds, firewallPolicyIds, empty(gatewayIdentityId) ? [] : [gatewayIdentityId])

module definition 'gatewayRoleDefinition.bicep' = if (custom) {
  name: 'certgate-gateway-role'
  scope: resourceGroup(gateway[2], gateway[4])
  params: {
    gatewayId: gatewayId
    name: customRole
    scopes: union(map(all, id => '/subscriptions/${split(id, '/')[2]}/resourceGroups/${toLower(split(id, '/')[4])}'), [])
  }
}

module onGroup 'roleOnGroup.bicep' = if (wholeGroup) {
  name: 'certgate-role-gateway-group'
  scope: resourceGroup(gateway[2], gateway[4])
  params: {
    role: network
    identityId: identityId
    principalId: principalId
  }
}

module onGateway 'roleOnGateway.bicep' = if (granted && !wholeGroup) {
  name: 'certgate-role-gateway'
  scope: resourceGroup(gateway[2], gateway[4])
  params: {
    name: gateway[8]
    role: network
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}

module onSubnet 'roleOnSubnet.bicep' = [for (id, i) in subnets: {
  name: 'certgate-role-subnet-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    networkName: split(id, '/')[8]
    name: split(id, '/')[10]
    role: network
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}]

module onAddress 'roleOnPublicAddress.bicep' = [for (id, i) in addresses: {
  name: 'certgate-role-address-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    role: network
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}]

module onPolicy 'roleOnFirewallPolicy.bicep' = [for (id, i) in policies: {
  name: 'certgate-role-policy-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    role: network
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}]

module onIdentity 'roleOnIdentity.bicep' = [for (id, i) in identities: {
  name: 'certgate-role-identity-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    role: operator
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}]

var networkName = custom ? customRole : 'Network Contributor'
var operatorName = custom ? customRole : 'Managed Identity Operator'

@description('For a network team that grants the roles itself (gatewayRole none).')
output commands array = concat(
  map(concat([gatewayId], subnetIds, publicAddressIds, firewallPolicyIds), id => 'az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role "${networkName}" --scope ${id}'),
  empty(gatewayIdentityId) ? [] : ['az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role "${operatorName}" --scope ${gatewayIdentityId}']
)
