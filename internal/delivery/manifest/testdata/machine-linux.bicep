// The certificate Shop-example-com of https://certificates.vault.azure.net, for
// shop.example.com, www.shop.example.com.
// One extension of a machine watches all of its certificates: add this one to those that
// it has, else they are forgotten. The machine's identity needs the role Key Vault Secrets
// User on the vault. It writes PEM files below
// /var/lib/waagent/Microsoft.Azure.KeyVault.Store. The server has to read them again, by a
// timer or a watch on the folder: no reload, no new certificate.

param machineName string = 'web'
param location string = resourceGroup().location

resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' existing = {
  name: machineName
}

resource certificates 'Microsoft.Compute/virtualMachines/extensions@2024-07-01' = {
  parent: machine
  name: 'KeyVaultForLinux'
  location: location
  properties: {
    publisher: 'Microsoft.Azure.KeyVault'
    type: 'KeyVaultForLinux'
    typeHandlerVersion: '3.0'
    autoUpgradeMinorVersion: true
    settings: {
      secretsManagementSettings: {
        pollingIntervalInS: '3600'
        observedCertificates: [
          {
            #disable-next-line no-hardcoded-env-urls // the vault is in one cloud
            url: 'https://certificates.vault.azure.net/secrets/Shop-example-com'
            certificateStoreLocation: '/var/lib/waagent/Microsoft.Azure.KeyVault.Store'
          }
        ]
      }
      authenticationSettings: {
        msiEndpoint: 'http://169.254.169.254/metadata/identity/oauth2/token'
        msiClientId: '11111111-2222-3333-4444-555555555555'
      }
    }
  }
}
