package hostname

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	maxVaultName   = 127 // certificate name in Key Vault
	maxGatewayName = 80  // child resource name of an Application Gateway
	hashDigits     = 8
)

// CertificateName is the name of the hostname's certificate in Key Vault:
// "example.com" becomes "example-com", "*.example.com" "wildcard-example-com".
// Two hostnames can meet in one name; the tag on the certificate tells whose it
// is, and the newcomer takes its Disambiguated name.
func CertificateName(hostname string) string {
	name := plain(hostname)
	if len(name) > maxVaultName {
		return Disambiguated(hostname)
	}
	return name
}

// Disambiguated is CertificateName with a hash of the hostname at its end, so
// that "a-b.com" and "a.b.com" can both have a certificate.
func Disambiguated(hostname string) string {
	return hashed(plain(hostname), hostname, maxVaultName)
}

// GatewayCertificateName is the name of the gateway's reference to the named
// vault certificate.
func GatewayCertificateName(certificate string) string { return gatewayName(certificate, "") }

// ListenerName is the name of the certificate's HTTPS listener.
func ListenerName(certificate string) string { return NthListenerName(certificate, 1) }

// NthListenerName is the name of its listener on the nth public address of the
// gateway, counted from 1, if that has several (IPv4 and IPv6).
func NthListenerName(certificate string, n int) string {
	return gatewayName(certificate, "-listener"+nth(n))
}

// RuleName is the name of the routing rule of the certificate's listener.
func RuleName(certificate string) string { return NthRuleName(certificate, 1) }

// NthRuleName is the name of the rule of its nth listener.
func NthRuleName(certificate string, n int) string { return gatewayName(certificate, "-rule"+nth(n)) }

func nth(n int) string {
	if n <= 1 {
		return ""
	}
	return "-" + strconv.Itoa(n)
}

func plain(hostname string) string {
	return strings.NewReplacer("*", "wildcard", ".", "-").Replace(strings.ToLower(hostname))
}

// gatewayName hashes the certificate's name and not the hostname: it is all that
// is known of entries found on a gateway.
func gatewayName(certificate, role string) string {
	if len(certificate)+len(role) > maxGatewayName {
		certificate = hashed(certificate, certificate, maxGatewayName-len(role))
	}
	return certificate + role
}

// hashed appends the hash of identity, cutting name so that all fits in limit.
func hashed(name, identity string, limit int) string {
	sum := sha256.Sum256([]byte(identity))
	if room := limit - 1 - hashDigits; len(name) > room {
		name = strings.TrimRight(name[:room], "-")
	}
	return name + "-" + hex.EncodeToString(sum[:])[:hashDigits]
}
