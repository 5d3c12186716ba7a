// State and vault reachable inside an existing network only. The Functions app stays
// public: the web site reaches it there.

param prefix string
param location string
param tags object
@description('Not the app\'s own subnet, which takes nothing else.')
param endpointSubnetId string
param stateAccountId string
@description('Empty for a vault that is not ours to close.')
param vaultId string
@description('Zones that exist, by service: blob, queue, table, vault. Those left out are made here.')
param zoneIds object

var networkId = join(take(split(endpointSubnetId, '/'), 9), '/')

// The vault's zone has the suffix without its first label, "vault".
var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink.${replace(substring(environment().suffixes.keyvaultDns, 1), 'vault.', 'vaultcore.')}'
}
var services = empty(vaultId) ? ['blob', 'queue', 'table'] : ['blob', 'queue', 'table', 'vault']

module zones 'privateZone.bicep' = [for service in services: if (empty(zoneIds[?service] ?? '')) {
  name: 'certgate-zone-${service}'
  params: {
    name: zoneNames[service]
    tags: tags
    networkId: networkId
  }
}]

module endpoints 'privateEndpoint.bicep' = [for service in services: {
  name: 'certgate-endpoint-${service}'
  params: {
    name: 'pep-${prefix}-${service}'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: service == 'vault' ? vaultId : stateAccountId
    service: service
    zoneId: zoneIds[?service] ?? resourceId('Microsoft.Network/privateDnsZones', zoneNames[service])
  }
  dependsOn: [zones]
}]
