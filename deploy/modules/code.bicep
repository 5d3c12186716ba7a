// The program itself, from a release. The URL must be readable without signing in.
// Last of all: the process reads its settings, and whether sign-in is on, at start.

param functionAppName string
param packageUri string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource package 'Microsoft.Web/sites/extensions@2025-03-01' = {
  parent: app
  name: 'onedeploy'
  // The service takes these members; the type library does not know them.
  #disable-next-line BCP187
  properties: {
    packageUri: packageUri
    remoteBuild: false
  }
}
