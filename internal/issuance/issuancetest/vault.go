package issuancetest

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

// Vault implements issuance.Vault and renewal.Vault.
type Vault struct {
	// Deny, if set, may refuse any call: "list", "read", "create" or "merge".
	Deny func(call string) error
	// Keys, if set, is what it says of the kind of new keys.
	Keys string

	mu       sync.Mutex
	current  map[string]issuance.VaultCertificate
	pending  map[string]*pending
	versions int
	Reads    int // of single certificates
}

type pending struct {
	hostnames []string
	key       *ecdsa.PrivateKey
	csr       []byte
}

func newVault() *Vault {
	return &Vault{current: map[string]issuance.VaultCertificate{}, pending: map[string]*pending{}}
}

func (v *Vault) denied(call string) error {
	if v.Deny == nil {
		return nil
	}
	return v.Deny(call)
}

// Under implements issuance.Vault.
func (v *Vault) Under(_ context.Context, r issuance.CertificateRequest) (issuance.VaultCertificate, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.current[r.Name]
	if ok && c.Tags["Hostname"] != r.Hostnames[0] {
		return issuance.VaultCertificate{}, issuance.ErrNameTaken
	}
	c.SecretID = secretID(r.Name)
	return c, nil
}

func secretID(name string) string { return "https://v.vault.example/secrets/" + name }

// PendingCSR implements issuance.Vault.
func (v *Vault) PendingCSR(_ context.Context, r issuance.CertificateRequest) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.denied("create"); err != nil {
		return nil, err
	}
	if c, ok := v.current[r.Name]; ok && c.Tags["Hostname"] != r.Hostnames[0] {
		return nil, issuance.ErrNameTaken
	}
	if p := v.pending[r.Name]; p != nil {
		if !slices.Equal(p.hostnames, r.Hostnames) {
			return nil, issuance.ErrNameTaken
		}
		return p.csr, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: r.Hostnames[0]}, DNSNames: r.Hostnames,
	}, key)
	if err != nil {
		return nil, err
	}
	v.pending[r.Name] = &pending{hostnames: r.Hostnames, key: key, csr: csr}
	return csr, nil
}

// Merge implements issuance.Vault.
func (v *Vault) Merge(_ context.Context, r issuance.CertificateRequest, chain [][]byte) (issuance.VaultCertificate, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.denied("merge"); err != nil {
		return issuance.VaultCertificate{}, err
	}
	if c, ok := v.current[r.Name]; ok && bytes.Equal(c.Leaf, chain[0]) {
		return c, nil
	}
	p := v.pending[r.Name]
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil || p == nil || !p.key.PublicKey.Equal(leaf.PublicKey) {
		return issuance.VaultCertificate{}, fmt.Errorf("merge %s: %w", r.Name, issuance.ErrGone)
	}
	delete(v.pending, r.Name)
	c := v.put(r.Name, r.Hostnames[0], leaf)
	c.Tags[issuance.TagDirectory], c.Tags[issuance.TagProfile] = r.Source.Directory, r.Source.Profile
	c.Tags[issuance.TagOptions] = issuance.OptionsInTag("", r.Options)
	return c, nil
}

// KeyType implements issuance.Vault: all keys are of one kind, unless Keys says another.
func (v *Vault) KeyType(issuance.CertificateRequest) string { return cmp.Or(v.Keys, "EC-P256") }

func (v *Vault) put(name, hostname string, leaf *x509.Certificate) issuance.VaultCertificate {
	v.versions++
	c := issuance.VaultCertificate{
		Name: name, Version: fmt.Sprintf("v%d", v.versions), SecretID: secretID(name), Leaf: leaf.Raw,
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, Enabled: true, Tags: map[string]string{"Hostname": hostname, "ManagedBy": "certgate"},
	}
	v.current[name] = c
	return c
}

// Put stores a version that no flow has made; other tags than ours may be given.
func (v *Vault) Put(name, hostname string, ca *CA, tags map[string]string) issuance.VaultCertificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return v.PutKey(name, hostname, ca, tags, key.Public())
}

// PutKey is Put with a public key, for those who need many certificates.
func (v *Vault) PutKey(name, hostname string, ca *CA, tags map[string]string, key crypto.PublicKey) issuance.VaultCertificate {
	ca.mu.Lock()
	leaf := ca.Sign(hostname, key)
	ca.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.put(name, hostname, leaf)
	if tags != nil {
		c.Tags = tags
		v.current[name] = c
	}
	return c
}

// Remove deletes a certificate.
func (v *Vault) Remove(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.current, name)
}

// Pending counts the operations that are pending.
func (v *Vault) Pending() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.pending)
}

// Certificate implements issuance.Vault and renewal.Vault.
func (v *Vault) Certificate(_ context.Context, name string) (issuance.VaultCertificate, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Reads++
	if err := v.denied("read"); err != nil {
		return issuance.VaultCertificate{}, err
	}
	return v.read(name)
}

func (v *Vault) read(name string) (issuance.VaultCertificate, error) {
	c, ok := v.current[name]
	if !ok {
		return c, fmt.Errorf("certificate %s: %w", name, issuance.ErrGone)
	}
	c.Tags = maps.Clone(c.Tags)
	return c, nil
}

// DiscardPending implements issuance.Vault.
func (v *Vault) DiscardPending(_ context.Context, name string, hostnames []string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if p := v.pending[name]; p != nil && slices.Equal(p.hostnames, hostnames) {
		delete(v.pending, name)
	}
	return nil
}

// Managed implements renewal.Vault.
func (v *Vault) Managed(context.Context) iter.Seq2[renewal.Certificate, error] {
	return func(yield func(renewal.Certificate, error) bool) {
		v.mu.Lock()
		all, err := maps.Clone(v.current), v.denied("list")
		v.mu.Unlock()
		if err != nil {
			yield(renewal.Certificate{}, err)
			return
		}
		for name, c := range all {
			if c.Tags["Hostname"] == "" {
				continue
			}
			ok := yield(renewal.Certificate{
				Name: name, SecretID: c.SecretID, Marked: v.Owns(c), Hostnames: []string{c.Tags["Hostname"]}, Thumbprint: managed.SHA1Thumbprint(c.Leaf),
				Imported: c.Tags[issuance.TagImported] == "true", Enabled: c.Enabled,
			}, nil)
			if !ok {
				return
			}
		}
	}
}

// Owns implements renewal.Vault.
func (v *Vault) Owns(c issuance.VaultCertificate) bool {
	return c.Tags["ManagedBy"] == "certgate" && c.Tags["Hostname"] != ""
}
