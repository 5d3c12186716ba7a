// The certificate Shop-example-com of https://certificates.vault.azure.net, for
// shop.example.com, www.shop.example.com.
// One extension of a machine watches all of its certificates: add this one to those that
// it has, else they are forgotten. The machine's identity needs the role Key Vault Secrets
// User on the vault. It puts the certificate into the store of the machine and links it to
// the one before, so that a binding of IIS with "rebind" follows.

param machineName string
param location string = resourceGroup().location

resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' existing = {
  name: machineName
}

resource certificates 'Microsoft.Compute/virtualMachines/extensions@2024-07-01' = {
  parent: machine
  name: 'KeyVaultForWindows'
  location: location
  properties: {
    publisher: 'Microsoft.Azure.KeyVault'
    type: 'KeyVaultForWindows'
    typeHandlerVersion: '3.0'
    autoUpgradeMinorVersion: true
    settings: {
      secretsManagementSettings: {
        pollingIntervalInS: '3600'
        linkOnRenewal: true
        observedCertificates: [
          {
            #disable-next-line no-hardcoded-env-urls // the vault is in one cloud
            url: 'https://certificates.vault.azure.net/secrets/Shop-example-com'
            certificateStoreName: 'MY'
            certificateStoreLocation: 'LocalMachine'
          }
        ]
      }
    }
  }
}
