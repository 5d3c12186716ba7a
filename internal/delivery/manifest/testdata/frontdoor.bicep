// The certificate Shop-example-com of https://certificates.vault.azure.net, for
// shop.example.com, www.shop.example.com.
// certgate puts the secret, which follows the newest version. Deploy this once into the
// resource group of the profile, after the secret is there: a domain whose name its
// certificate has is approved at once, without a TXT record. Then add the domain to your
// route. The profile's identity needs the role Key Vault Secrets User on the vault.
// DNS: a CNAME to the host of your endpoint. At the top of a zone, where no CNAME may
// stand, use an ALIAS or ANAME record, or an alias record set of Azure DNS.

param profileName string = 'edge'

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {
  name: profileName
}

resource secret 'Microsoft.Cdn/profiles/secrets@2025-06-01' existing = {
  parent: profile
  name: 'shop-example-com'
}

resource domain1 'Microsoft.Cdn/profiles/customDomains@2025-06-01' = {
  parent: profile
  name: 'shop-example-com'
  properties: {
    hostName: 'shop.example.com'
    tlsSettings: {
      certificateType: 'CustomerCertificate'
      minimumTlsVersion: 'TLS12'
      secret: {
        id: secret.id
      }
    }
  }
}

resource domain2 'Microsoft.Cdn/profiles/customDomains@2025-06-01' = {
  parent: profile
  name: 'www-shop-example-com'
  properties: {
    hostName: 'www.shop.example.com'
    tlsSettings: {
      certificateType: 'CustomerCertificate'
      minimumTlsVersion: 'TLS12'
      secret: {
        id: secret.id
      }
    }
  }
}

// So that nobody reaches the origin past the front: let in only the service tag
// AzureFrontDoor.Backend (and 168.63.129.16 and 169.254.169.254), and only requests whose
// header X-Azure-FDID is this id. All customers share the addresses, so it takes both.
// Let certgate's app in too: it looks at what the gateway serves.
output frontDoorId string = profile.properties.frontDoorId
