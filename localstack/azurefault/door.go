// Package azurefault is the door of package fault before Key Vault and Resource
// Manager: it knows how these services refuse.
package azurefault

import (
	"net/http"

	"certgate/localstack/fault"
)

// The services, as they are named in hooks.
const (
	Vault = "vault"
	ARM   = "arm"
)

// Door asks a hook about each request. The zero Door changes nothing.
type Door struct{ fault.Door }

// Wrap is an edge.Middleware for the named service.
func (d *Door) Wrap(service string) func(http.Handler) http.Handler {
	return d.Door.Wrap(service, refuse)
}
