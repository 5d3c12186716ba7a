// What the app may do with the gateways and with what they are joined to. Azure
// checks all of that when a gateway is written. What gateways share is named once.
//
// The gateway itself is never part of a template: to write it is to replace the
// whole document, and certgate's listeners would go.

import { roles } from '../roles.bicep'

@description('The gateway default, in whose group a role of one\'s own is defined.')
param gatewayId string
param otherGatewayIds string[]
param subnetIds array
param publicAddressIds array
param firewallPolicyIds array
param gatewayIdentityIds array
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
var gatewayGroup = join(take(gateway, 5), '/')
var otherGroups = union(filter(map(otherGatewayIds, id => join(take(split(id, '/'), 5), '/')), group => group != toLower(gatewayGroup)), [])
var wholeGroup = gatewayRole == 'resourceGroup'
var groups = wholeGroup ? concat([gatewayGroup], otherGroups) : []
var covered = map(groups, group => toLower(group))

// With a role on the gateways' groups, single resources matter only outside them.
var gateways = granted && !wholeGroup ? concat([gatewayId], otherGatewayIds) : []
var subnets = !granted ? [] : filter(subnetIds, id => !contains(covered, toLower(join(take(split(id, '/'), 5), '/'))))
var addresses = !granted ? [] : filter(publicAddressIds, id => !contains(covered, toLower(join(take(split(id, '/'), 5), '/'))))
var policies = !granted ? [] : filter(firewallPolicyIds, id => !contains(covered, toLower(join(take(split(id, '/'), 5), '/'))))
var identities = granted ? gatewayIdentityIds : []

var joined = concat([gatewayId], otherGatewayIds, subnetIds, publicAddressIds, firewallPolicyIds)

module definition 'gatewayRoleDefinition.bicep' = if (custom) {
  name: 'certgate-gateway-role'
  scope: resourceGroup(gateway[2], gateway[4])
  params: {
    gatewayId: gatewayId
    name: customRole
    scopes: union(map(concat(joined, gatewayIdentityIds), id => '/subscriptions/${split(id, '/')[2]}/resourceGroups/${toLower(split(id, '/')[4])}'), [])
  }
}

module onGroup 'roleOnGroup.bicep' = [for (group, i) in groups: {
  name: 'certgate-role-gateway-group-${i}'
  scope: resourceGroup(split(group, '/')[2], split(group, '/')[4])
  params: {
    role: network
    identityId: identityId
    principalId: principalId
  }
}]

module onGateway 'roleOnGateway.bicep' = [for (id, i) in gateways: {
  name: 'certgate-role-gateway-${i}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
    role: network
    identityId: identityId
    principalId: principalId
  }
  dependsOn: [definition]
}]

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
  map(joined, id => 'az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role "${networkName}" --scope ${id}'),
  map(gatewayIdentityIds, id => 'az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role "${operatorName}" --scope ${id}')
)
