// The workbook: certificates by state and expiry, steps, queue, timers, refusals.

param location string
param tags object
param functionAppName string
param workspaceId string
param insightsId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'certgate-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'certgate (${functionAppName})'
    category: 'workbook'
    sourceId: insightsId
    version: '1.0'
    serializedData: replace(replace(loadTextContent('../workbook.json'), '{workspace}', workspaceId), '{app}', functionAppName)
  }
}
