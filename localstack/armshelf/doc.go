// Package armshelf plays the services of Azure that keep a certificate of a vault as a
// resource of their own: App Service, Container Apps, Web PubSub, SignalR and
// Front Door. It answers
// as their public recordings show. A PUT reads the vault, and whoever wants to serve what
// was read is told.
package armshelf
