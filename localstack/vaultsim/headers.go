package vaultsim

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"

	"github.com/google/uuid"
)

// assignment is which role assignment let a call in, where the vault has RBAC.
const assignment = "f3048f1b4a8f53e4b9b21fe93bb45c12"

// setHeaders writes what every reply of the service has, refusals included.
func setHeaders(h http.Header, r *http.Request) {
	h.Set("Cache-Control", "no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("Strict-Transport-Security", "max-age=31536000;includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Ms-Request-Id", uuid.NewString())
	h.Set("X-Ms-Keyvault-Region", "local")
	h.Set("X-Ms-Keyvault-Service-Version", "1.9.2762.1")
	h.Set("X-Ms-Keyvault-Network-Info", networkInfo(r.RemoteAddr))
	if id := r.Header.Get("X-Ms-Client-Request-Id"); id != "" {
		h.Set("X-Ms-Client-Request-Id", id)
	}
}

// networkInfo says from which address the vault sees the caller come.
func networkInfo(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	kind, family := "Ipv4", "InterNetwork"
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && !ip.Is4In6() {
		kind, family = "Ipv6", "InterNetworkV6"
	}
	return fmt.Sprintf("conn_type=%s;addr=%s;act_addr_fam=%s;", kind, host, family)
}
