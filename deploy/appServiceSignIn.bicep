// Sign-in of people at the app itself, by Entra, with their tokens kept: for a site that is
// not a Static Web App and reaches the app under its own address (docs/in-front.md).
//
// It takes the place of what main.bicep writes, so deploy it again after each main.bicep.
// A session is no longer than its refresh token: one that outlives it is renewed in vain,
// and its holder is refused until they sign out.

param functionAppName string

@description('Entra registration of the site, with the app roles reader, operator and admin.')
param clientId string

@description('Name of the app setting that has the registration\'s secret, or a reference to it in Key Vault.')
param registrationKeySetting string = 'MICROSOFT_PROVIDER_AUTHENTICATION_SECRET'

param tenantId string = tenant().tenantId

@description('How long a session lasts. With the time in which it can still be renewed it stays below the 24 hours that a refresh token of Entra lives at least.')
@minValue(1)
@maxValue(12)
param sessionHours int = 8

var longestHours = 23

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
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
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          clientSecretSettingName: registrationKeySetting
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenantId}/v2.0'
        }
        login: { loginParameters: ['scope=openid profile offline_access'] }
        validation: { allowedAudiences: [clientId, 'api://${clientId}'] }
      }
    }
    login: {
      cookieExpiration: {
        convention: 'FixedTime'
        timeToExpiration: '${padLeft(sessionHours, 2, '0')}:00:00'
      }
      tokenStore: {
        enabled: true
        tokenRefreshExtensionHours: longestHours - sessionHours
      }
    }
  }
}
