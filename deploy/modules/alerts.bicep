// Alarms that need nothing of the app itself: they fire when it is silent, too.
// What concerns single certificates is told by certgate's own notifications.

param location string
param tags object
@description('Name of the Functions app, which is its role name in the telemetry.')
param functionAppName string
param functionAppHostname string
param workspaceId string
param insightsId string
@description('Addresses that get an e-mail; the action group is made with them.')
param emails array
@description('Action group of yours that is told as well; empty for none.')
param existingActionGroupId string
param prefix string
@description('The gateway, whose failed writes are told.')
param gatewayId string
@description('Further gateways, with name and id. Each has an alarm of its own, for an alarm looks at one subscription.')
param otherGateways array

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-${prefix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(prefix, 12)
    emailReceivers: [for (email, i) in emails: {
      name: 'email-${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

var groups = concat(empty(emails) ? [] : [group.id], empty(existingActionGroupId) ? [] : [existingActionGroupId])

var ofTheApp = 'AppRoleName =~ "${functionAppName}"'
var rules = [
  {
    name: 'scheduler-silent'
    says: 'RenewDue has not run for an hour: nothing renews. Is the app running, and does it reach its storage?'
    query: 'AppRequests | where ${ofTheApp} and Name == "RenewDue" and Success == true'
    fires: { operator: 'LessThan', threshold: 1 }
    every: 'PT15M'
    window: 'PT1H'
    severity: 1
  }
  {
    name: 'rescue-silent'
    says: 'Rescue has not run for half an hour: lost messages are not sent again.'
    query: 'AppRequests | where ${ofTheApp} and Name == "Rescue" and Success == true'
    fires: { operator: 'LessThan', threshold: 1 }
    every: 'PT10M'
    window: 'PT30M'
    severity: 1
  }
  {
    name: 'steps-fail'
    says: 'Many runs of RunStep fail. The traces of the same time say why.'
    query: 'AppRequests | where ${ofTheApp} and Name == "RunStep" and Success == false'
    fires: { operator: 'GreaterThan', threshold: 20 }
    every: 'PT5M'
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'poison'
    says: 'A message was tried five times and given up. Its instance has been put right or has failed with the reason.'
    query: 'AppRequests | where ${ofTheApp} and Name == "RunStepPoison"'
    fires: { operator: 'GreaterThan', threshold: 0 }
    every: 'PT5M'
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'does-not-start'
    says: 'The app refuses its settings. The trace lists every fault, each with its fix.'
    query: 'AppTraces | where ${ofTheApp} and Message has "certgate cannot start"'
    fires: { operator: 'GreaterThan', threshold: 0 }
    every: 'PT5M'
    window: 'PT15M'
    severity: 0
  }
  {
    name: 'api-errors'
    says: 'Calls of /api end with 5xx.'
    query: 'AppRequests | where ${ofTheApp} and Name == "HttpApi" and ResultCode startswith "5"'
    fires: { operator: 'GreaterThan', threshold: 5 }
    every: 'PT5M'
    window: 'PT15M'
    severity: 2
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: 'alert-${prefix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'certgate: ${rule.name}'
    description: rule.says
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: rule.every
    windowSize: rule.window
    autoMitigate: true
    skipQueryValidation: true // the tables come with the first telemetry
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.fires.operator
          threshold: rule.fires.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: groups }
  }
}]

resource probe 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'probe-${prefix}'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'probe-${prefix}'
    Name: 'certgate: health'
    Enabled: true
    Frequency: 300
    Timeout: 60
    Kind: 'standard'
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'us-va-ash-azr' }
      { Id: 'apac-sg-sin-azr' }
    ]
    Request: {
      RequestUrl: 'https://${functionAppHostname}/api/health'
      HttpVerb: 'GET'
      ParseDependentRequests: false
      FollowRedirects: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${prefix}-unreachable'
  location: 'global'
  tags: tags
  properties: {
    description: 'GET /api/health does not answer 200 at two of three places: the app is down, or its table or queue is.'
    severity: 1
    enabled: true
    scopes: [probe.id, insightsId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: probe.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: map(groups, id => { actionGroupId: id })
  }
}

var gateways = concat([{ end: '', id: gatewayId }], map(otherGateways, g => { end: '-${g.name}', id: g.id }))

resource gatewayWrites 'Microsoft.Insights/activityLogAlerts@2020-10-01' = [for gateway in gateways: {
  name: 'alert-${prefix}-gateway-write${gateway.end}'
  location: 'global'
  tags: tags
  properties: {
    description: 'A write of the gateway failed, by certgate or by somebody else.'
    enabled: true
    scopes: ['/subscriptions/${split(gateway.id, '/')[2]}']
    condition: {
      allOf: [
        { field: 'category', equals: 'Administrative' }
        { field: 'operationName', equals: 'Microsoft.Network/applicationGateways/write' }
        { field: 'resourceId', equals: gateway.id }
        { field: 'status', equals: 'Failed' }
      ]
    }
    actions: { actionGroups: map(groups, id => { actionGroupId: id }) }
  }
}]
