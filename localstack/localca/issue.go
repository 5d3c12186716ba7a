package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Issue returns a server certificate for the given DNS names ("*." allowed) and
// IP addresses. The same hosts get the same certificate until it is near its
// end; it never outlives the root.
func (a *Authority) Issue(hosts ...string) (tls.Certificate, error) {
	names := make([]string, 0, len(hosts))
	for _, host := range hosts {
		names = append(names, strings.ToLower(host))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 || names[0] == "" {
		return tls.Certificate{}, errors.New("issue a local certificate: a host name is missing")
	}
	id := strings.Join(names, " ")

	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if held, ok := a.issued[id]; ok && held.Leaf.NotAfter.Sub(now) > renewBefore {
		return held, nil
	}
	issued, err := a.issue(names, now)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a local certificate for %s: %w", id, err)
	}
	a.issued[id] = issued
	return issued, nil
}

func (a *Authority) issue(names []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		NotBefore:   now.Add(-backdate),
		NotAfter:    earlier(now.Add(lifetime), a.root.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	leaf, err := sign(template, a.root, key, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
