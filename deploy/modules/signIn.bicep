// Sign-in of the Functions app, written after the link (which writes one of its
// own), so that what stands there does not depend on the order.
//
// With it the platform sets WEBSITE_AUTH_ENABLED and takes a caller's own
// x-ms-client-principal away; certgate believes that header then, and only then.

param functionAppName string
@description('Empty without a site.')
param siteHostname string
@description('Issuer and audience of programs\' bearer tokens; empty for none.')
param jwtIssuer string
param jwtAudience string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

var site = empty(siteHostname) ? {} : {
  azureStaticWebApps: {
    enabled: true
    registration: { clientId: siteHostname }
  }
}

var programs = empty(jwtIssuer) ? {} : {
  azureActiveDirectory: {
    enabled: true
    registration: {
      clientId: replace(jwtAudience, 'api://', '')
      openIdIssuer: jwtIssuer
    }
    validation: { allowedAudiences: [jwtAudience] }
  }
}

resource signIn 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true, runtimeVersion: '~1' }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/api/health']
    }
    httpSettings: {
      requireHttps: true
      routes: { apiPrefix: '/.auth' }
      forwardProxy: { convention: 'NoProxy' }
    }
    identityProviders: union(site, programs)
    login: { tokenStore: { enabled: false } }
  }
}
