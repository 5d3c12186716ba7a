// What azd deploys: a resource group with the installation of ../deploy in it.
// azd gives the values by main.parameters.json, from its environment.

targetScope = 'subscription'

@minLength(1)
@description('Name of the azd environment.')
param environmentName string
@minLength(1)
param location string
param resourceGroupName string = 'rg-certgate-${environmentName}'

param gatewayId string
param gatewayBackendName string
param gatewayHttpSettingsName string
@description('Comma lists, because azd has texts only.')
param gatewaySubnetIds string
param gatewayPublicAddressIds string
param gatewayFirewallPolicyIds string = ''
param gatewayIdentityId string = ''
param gatewayRole string = 'builtInOnResources'
param manageHttpListener string = 'false'
param acmeEndpoint string
param acmeAccountEmail string
param alertEmails string = ''
param siteLocation string = 'westeurope'

func list(text string) array => empty(text) ? [] : map(split(text, ','), item => trim(item))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: { 'azd-env-name': environmentName }
}

module app '../deploy/main.bicep' = {
  name: 'certgate'
  scope: group
  params: {
    location: location
    gatewayId: gatewayId
    gatewayBackendName: gatewayBackendName
    gatewayHttpSettingsName: gatewayHttpSettingsName
    gatewaySubnetIds: list(gatewaySubnetIds)
    gatewayPublicAddressIds: list(gatewayPublicAddressIds)
    gatewayFirewallPolicyIds: list(gatewayFirewallPolicyIds)
    gatewayIdentityId: gatewayIdentityId
    gatewayRole: gatewayRole
    manageHttpListener: toLower(manageHttpListener) == 'true'
    acmeEndpoint: acmeEndpoint
    acmeAccountEmail: acmeAccountEmail
    alertEmails: list(alertEmails)
    siteLocation: siteLocation
    deployCode: false // azd deploys it
    apiTags: { 'azd-service-name': 'api' }
    siteTags: { 'azd-service-name': 'web' }
  }
}

// azd keeps outputs as values of its environment.
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_API_NAME string = app.outputs.functionAppName
output SERVICE_API_HOSTNAME string = app.outputs.functionAppHostname
output SERVICE_WEB_NAME string = app.outputs.siteName
output SERVICE_WEB_HOSTNAME string = app.outputs.siteHostname
output CERTGATE_GATEWAY_ROLE_COMMANDS array = app.outputs.gatewayRoleCommands
