package gatewaysim

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync"

	"certgate/localstack/armsim/gatewaydoc"
	"certgate/localstack/vaultsim/bundle"
)

// certificates are what the gateway can serve, by name in the document.
type certificates struct {
	mu      sync.RWMutex
	entries map[string]entry // by name, lower case
}

type entry struct {
	source      string           // secret id, or "" for an upload
	certificate *tls.Certificate // nil: disabled
}

func (c *certificates) get(name string) *tls.Certificate {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[strings.ToLower(name)].certificate
}

// refresh reads every certificate of the document. What the vault refuses is
// disabled until a later refresh finds it again; any other trouble leaves the
// certificate that was read before.
func (c *certificates) refresh(ctx context.Context, vault SecretReader, d *gatewaydoc.Document) {
	next := map[string]entry{}
	for _, cert := range d.Properties.SSLCertificates {
		name, p := strings.ToLower(cert.Name), cert.Properties
		fresh, err := read(ctx, vault, p)
		e := entry{source: p.KeyVaultSecretID, certificate: fresh}
		if err != nil && !refused(err) {
			c.mu.RLock()
			if old := c.entries[name]; old.source == e.source {
				e = old
			}
			c.mu.RUnlock()
		}
		next[name] = e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = next
}

// read makes a certificate for handshakes, leaf first whatever the order of the
// file.
func read(ctx context.Context, vault SecretReader, p gatewaydoc.SSLCertificate) (*tls.Certificate, error) {
	var b bundle.Bundle
	if p.KeyVaultSecretID == "" {
		var err error
		if b, err = bundle.ParsePFX(p.Data, p.Password); err != nil {
			return nil, err
		}
	} else {
		if vault == nil {
			return nil, errors.New("there is no vault to read from")
		}
		value, contentType, err := vault.ReadSecret(ctx, p.KeyVaultSecretID)
		if err != nil {
			return nil, err
		}
		if b, err = bundle.Parse(value, contentType); err != nil {
			return nil, err
		}
	}
	chain, err := b.LeafFirst()
	if err != nil {
		return nil, err
	}
	out := &tls.Certificate{PrivateKey: b.Key, Leaf: chain[0]}
	for _, cert := range chain {
		out.Certificate = append(out.Certificate, cert.Raw)
	}
	return out, nil
}

// refused reports whether the vault said no (deleted, disabled, forbidden), and
// not merely that it is busy or away.
func refused(err error) bool {
	var r interface{ HTTPStatus() int }
	if !errors.As(err, &r) {
		return false
	}
	switch r.HTTPStatus() {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	return false
}
