// The Functions app: plan, app, settings.
//
// flex:      scales to zero, each function on instances of its own. One instance is
//            kept ready for RunStep, so that a step never waits for a wake-up.
// dedicated: one process that is always on and runs everything.

param planName string
param name string
param location string
param tags object
@allowed(['flex', 'dedicated'])
param plan string
param dedicatedSku string
param instanceMemoryMB int
param maximumInstanceCount int
@description('Instances of RunStep that are always ready; 0 saves money and costs minutes.')
param alwaysReady int
@description('Blob endpoint and container of the deployed package (flex).')
param packageContainerUrl string
@description('What a dedicated app runs: 1 for the package that was uploaded, or its URL.')
param runFromPackage string
param identityId string
@description('Empty for an app outside any virtual network.')
param subnetId string
@description('Name to value; some may be secret.')
@secure()
param settings object
@description('Settings whose values are known at the end only.')
param lateSettings object

var flex = plan == 'flex'

resource serverFarm 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: flex ? 'functionapp' : 'linux'
  sku: flex ? { name: 'FC1', tier: 'FlexConsumption' } : { name: dedicatedSku }
  properties: { reserved: true }
}

// Members that a Flex plan keeps elsewhere or refuses (error 51021).
var dedicatedConfig = flex ? {} : {
  alwaysOn: true
  http20Enabled: true
  ftpsState: 'Disabled'
  linuxFxVersion: ''
}

var dedicatedSettings = flex ? [] : [
  { name: 'FUNCTIONS_EXTENSION_VERSION', value: '~4' }
  { name: 'FUNCTIONS_WORKER_RUNTIME', value: 'custom' }
  { name: 'WEBSITE_RUN_FROM_PACKAGE', value: runFromPackage }
]

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: serverFarm.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled' // a linked static site reaches it there only
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    outboundVnetRouting: empty(subnetId) ? null : { applicationTraffic: true }
    siteConfig: union(
      {
        minTlsVersion: '1.2'
        // One write that replaces all settings there are.
        appSettings: concat(
          map(items(settings), s => { name: s.key, value: s.value }),
          map(items(lateSettings), s => { name: s.key, value: s.value }),
          dedicatedSettings
        )
      },
      dedicatedConfig
    )
    functionAppConfig: !flex ? null : {
      runtime: { name: 'custom', version: '1.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'function:RunStep', instanceCount: alwaysReady }]
        triggers: { http: { perInstanceConcurrency: 100 } } // host.json's maxConcurrentRequests
      }
    }
  }

  // Nobody publishes with a password.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

output hostname string = app.properties.defaultHostName
