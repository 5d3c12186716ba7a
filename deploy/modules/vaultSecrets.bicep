// Secret app settings. They live in the vault; the app's settings refer to them.

param vaultName string
@secure()
param acmeEabHmacKey string
@secure()
param notificationWebhooks string
@secure()
param notificationSecret string
@secure()
param otlpHeaders string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName

  resource eab 'secrets' = if (!empty(acmeEabHmacKey)) {
    name: 'certgate-setting-acme-eab-hmac-key'
    properties: { value: acmeEabHmacKey, contentType: 'text/plain' }
  }

  resource webhooks 'secrets' = if (!empty(notificationWebhooks)) {
    name: 'certgate-setting-notification-webhooks'
    properties: { value: notificationWebhooks, contentType: 'text/plain' }
  }

  resource signingKey 'secrets' = if (!empty(notificationSecret)) {
    name: 'certgate-setting-notification-secret'
    properties: { value: notificationSecret, contentType: 'text/plain' }
  }

  resource collector 'secrets' = if (!empty(otlpHeaders)) {
    name: 'certgate-setting-otlp-headers'
    properties: { value: otlpHeaders, contentType: 'text/plain' }
  }
}
