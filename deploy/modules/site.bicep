// The web site: a Static Web App whose /api is the Functions app. Its files do not
// come by ARM; deploy.sh uploads them.

@maxLength(40)
param name string
@description('Static Web Apps has regions of its own; the files are served everywhere.')
param location string
param tags object
param functionAppName string
@description('Short form, such as westeurope: another region is answered with 500.')
param functionAppLocation string
@description('Whether people sign in through a registration of the site\'s own, and not the ready-made one.')
param ownRegistration bool
param clientId string
@secure()
param clientSecret string

resource site 'Microsoft.Web/staticSites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard' } // links need it
  properties: {
    provider: 'Custom'
    stagingEnvironmentPolicy: 'Disabled' // a preview has no link
    allowConfigFileUpdates: true
    enterpriseGradeCdnStatus: 'Disabled'
  }

  // A site has one link. Named as `az staticwebapp backends link` names it: another
  // name would be a second one, which the service refuses.
  resource link 'linkedBackends' = {
    name: functionAppName
    properties: {
      backendResourceId: resourceId('Microsoft.Web/sites', functionAppName)
      region: functionAppLocation
    }
  }

  // staticwebapp.config.json names these two.
  resource appSettings 'config' = if (ownRegistration) {
    name: 'appsettings'
    properties: {
      CERTGATE_CLIENT_ID: clientId
      CERTGATE_CLIENT_SECRET: clientSecret
    }
  }
}

output hostname string = site.properties.defaultHostname
