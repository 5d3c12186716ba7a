// A role with exactly what Azure checks when certgate writes a gateway. Making it
// takes Owner or User Access Administrator.

param gatewayId string
@description('GUID of the role definition.')
param name string
@description('Resource groups of the gateways and of all they are joined to.')
param scopes array

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: name
  properties: {
    roleName: 'certgate gateway writer (${last(split(gatewayId, '/'))}, ${take(name, 8)})'
    description: 'Reads and writes the Application Gateways of one app and joins what they refer to.'
    type: 'CustomRole'
    assignableScopes: scopes
    permissions: [
      {
        actions: [
          'Microsoft.Network/applicationGateways/read'
          'Microsoft.Network/applicationGateways/write'
          'Microsoft.Network/virtualNetworks/subnets/read'
          'Microsoft.Network/virtualNetworks/subnets/join/action'
          'Microsoft.Network/publicIPAddresses/read'
          'Microsoft.Network/publicIPAddresses/join/action'
          'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/read'
          'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action'
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
          'Microsoft.Authorization/permissions/read'
        ]
      }
    ]
  }
}
