package inventory

import (
	"slices"
	"strings"
)

// httpListeners is the collection of the listeners that certgate gives certificates.
const httpListeners = "httpListeners"

// Takes reports whether the row is a listener that certgate would give the certificate of
// a hostname: public, on its port, with just this name.
func (r *Row) Takes(hostname string, port int) bool {
	return r.Kind == KindListener && r.Collection == httpListeners && r.Frontend == "public" && r.Port == port &&
		slices.ContainsFunc(r.Hostnames, func(h string) bool { return strings.EqualFold(h, hostname) })
}

// InCare reports whether a tool renews the certificate in time, so that nobody should
// take it over unasked. A vault's self-signed certificate is in nobody's care.
func (r *Row) InCare() bool {
	return r.State == Elsewhere && (r.RenewedBy.Who == Acmebot || r.RenewedBy.Who == KeyVault && r.RenewedBy.Detail != selfSigned)
}

// Manager is the name of who renews it, as a sentence begins.
func (r *Row) Manager() string { return capital(r.RenewedBy.Name()) }
