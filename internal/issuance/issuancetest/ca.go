package issuancetest

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

// CA is an authority. It implements issuance.Orders, Authorizations and
// RenewalInfo.
type CA struct {
	// Lifetime of what it issues.
	Lifetime time.Duration
	// From is its directory, with the profile.
	From issuance.Source
	// Refuse, if set, may answer an order in its place.
	Refuse func(r issuance.OrderRequest) error
	// Away, if set, may be the answer to any call: "order", "read", "authorization",
	// "answer", "finalize" or "chain".
	Away func(call string) error
	// Broken makes every order invalid by an error of its own.
	Broken bool
	// Wrong, if set, is what is wrong with the proof of a hostname; no type for nothing.
	Wrong func(hostname string) issuance.Problem
	// RefusesReplaces takes no order as a successor, for this reason.
	RefusesReplaces string
	// Suggest, if set, is the window for a certificate; without it there is no
	// renewal information.
	Suggest func(leaf *x509.Certificate) (managed.Window, error)

	// Account, if set, is the account's URL; "unknown" for none that it tells.
	Account string
	// TXT, if set, are the values that every name server shows of a name.
	TXT func(name string) []string

	name  string // as in its URLs and in CAA records
	now   func() time.Time
	fetch func(hostname, token string) (string, bool)
	key   *ecdsa.PrivateKey
	root  *x509.Certificate

	mu       sync.Mutex
	orders   map[string]*order
	issued   map[string]*x509.Certificate // by CertID
	Requests []issuance.OrderRequest      // every order that was asked for
	Asked    int                          // questions for renewal information
	// PreferredChain is the one that was wanted last.
	PreferredChain string
	Revoked        [][]byte // leaves, DER
}

type order struct {
	issuance.Order
	hostnames []string
	proofs    []*proof
	chain     [][]byte
}

// proof is an authorization.
type proof struct {
	url, hostname, token, status string
	wrong                        issuance.Problem
}

func newCA(name string, now func() time.Time, fetch func(hostname, token string) (string, bool)) *CA {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "R1", Organization: []string{"Memory CA"}},
		NotBefore: now(), NotAfter: now().AddDate(20, 0, 0), IsCA: true, BasicConstraintsValid: true, SubjectKeyId: []byte{1, 2, 3},
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		panic(err)
	}
	if root, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	return &CA{name: name, From: issuance.Source{Directory: "https://" + name + "/directory"}, Lifetime: 90 * 24 * time.Hour, now: now, fetch: fetch, key: key, root: root, orders: map[string]*order{}, issued: map[string]*x509.Certificate{}}
}

// NewOrder implements issuance.Orders.
func (ca *CA) NewOrder(_ context.Context, r issuance.OrderRequest) (issuance.Order, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.Requests = append(ca.Requests, r)
	if err := ca.away("order"); err != nil {
		return issuance.Order{}, err
	}
	if ca.Refuse != nil {
		if err := ca.Refuse(r); err != nil {
			return issuance.Order{}, err
		}
	}
	url := fmt.Sprintf("https://%s/order/%d", ca.name, len(ca.orders)+1)
	o := &order{hostnames: slices.Clone(r.Hostnames), Order: issuance.Order{
		URL: url, Status: "pending", FinalizeURL: url + "/finalize", Expires: ca.now().Add(24 * time.Hour),
	}}
	for i, hostname := range r.Hostnames {
		p := &proof{url: fmt.Sprintf("%s/authz/%d", url, i), hostname: hostname, token: fmt.Sprintf("token%d-%d", len(ca.orders)+1, i), status: "pending"}
		o.proofs, o.Authorizations = append(o.proofs, p), append(o.Authorizations, p.url)
	}
	switch {
	case r.Replaces == "":
	case ca.RefusesReplaces != "":
		o.NotReplaced = ca.RefusesReplaces
	case ca.issued[r.Replaces] == nil:
		o.NotReplaced = "It says: no such certificate."
	default:
		o.Replaces = r.Replaces
	}
	ca.orders[url] = o
	return o.Order, nil
}

func (ca *CA) away(call string) error {
	if ca.Away == nil {
		return nil
	}
	return ca.Away(call)
}

func (ca *CA) find(url, suffix string) (*order, error) {
	for _, o := range ca.orders {
		if o.URL+suffix == url {
			return o, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", url, issuance.ErrGone)
}

// Order implements issuance.Orders.
func (ca *CA) Order(_ context.Context, url string) (issuance.Order, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("read"); err != nil {
		return issuance.Order{}, err
	}
	o, err := ca.find(url, "")
	if err != nil {
		return issuance.Order{}, err
	}
	return o.Order, nil
}

func (ca *CA) proof(url string) (*order, *proof, error) {
	for _, o := range ca.orders {
		for _, p := range o.proofs {
			if strings.HasPrefix(url+"/", p.url+"/") {
				return o, p, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s: %w", url, issuance.ErrGone)
}

// Authorization implements issuance.Authorizations. Wildcards have dns-01 alone.
func (ca *CA) Authorization(_ context.Context, url string) (issuance.Authorization, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("authorization"); err != nil {
		return issuance.Authorization{}, err
	}
	_, p, err := ca.proof(url)
	if err != nil {
		return issuance.Authorization{}, err
	}
	a := issuance.Authorization{URL: url, Hostname: p.hostname, Status: p.status}
	challenge := issuance.Challenge{Status: p.status, Token: p.token, KeyAuthorization: p.token + ".key"}
	if p.status == "invalid" && !ca.Broken {
		challenge.Problem = &p.wrong
	}
	a.DNSChallenge = challenge
	a.DNSChallenge.URL = p.url + "/dns-01"
	if !strings.HasPrefix(p.hostname, "*.") {
		a.Challenge = challenge
		a.Challenge.URL = p.url + "/http-01"
	}
	return a, nil
}

// Answer implements issuance.Authorizations: it is looked at once.
func (ca *CA) Answer(_ context.Context, url string) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("answer"); err != nil {
		return err
	}
	o, p, err := ca.proof(url)
	if err != nil {
		return err
	}
	p.status, p.wrong = "invalid", issuance.Problem{Type: "unauthorized", Detail: "The proof of " + p.hostname + " was not there."}
	if ca.Broken {
		o.Status, o.Problem = "invalid", &issuance.Problem{Type: "serverInternal", Detail: "Something went wrong here."}
		return nil
	}
	if strings.HasSuffix(url, "/dns-01") {
		sum := sha256.Sum256([]byte(p.token + ".key"))
		if ca.TXT != nil && slices.Contains(ca.TXT("_acme-challenge."+strings.TrimPrefix(p.hostname, "*.")), base64.RawURLEncoding.EncodeToString(sum[:])) {
			p.status = "valid"
		}
	} else if content, ok := ca.fetch(p.hostname, p.token); ok && content == p.token+".key" {
		p.status = "valid"
	}
	if ca.Wrong != nil && ca.Wrong(p.hostname).Type != "" {
		p.status, p.wrong = "invalid", ca.Wrong(p.hostname)
	}
	o.Status = "ready"
	for _, p := range o.proofs {
		switch {
		case p.status == "invalid":
			o.Status = "invalid"
		case p.status == "pending" && o.Status == "ready":
			o.Status = "pending"
		}
	}
	return nil
}

// Deactivate implements issuance.Authorizations.
func (ca *CA) Deactivate(context.Context, string) error { return nil }

// Finalize implements issuance.Orders: it signs at once.
func (ca *CA) Finalize(_ context.Context, wanted issuance.Order, csr []byte) (issuance.Order, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("finalize"); err != nil {
		return issuance.Order{}, err
	}
	o, err := ca.find(wanted.URL, "")
	if err != nil {
		return issuance.Order{}, err
	}
	if o.Status != "ready" {
		return o.Order, nil
	}
	request, err := x509.ParseCertificateRequest(csr)
	if err != nil || request.CheckSignature() != nil || !slices.Equal(request.DNSNames, o.hostnames) {
		return issuance.Order{}, &durable.Failure{Code: issuance.CodeOrderRefused, Message: "The request does not fit the order."}
	}
	leaf := ca.SignAll(o.hostnames, request.PublicKey)
	o.chain = [][]byte{leaf.Raw, ca.root.Raw}
	o.Status, o.CertificateURL = "valid", o.URL+"/certificate"
	return o.Order, nil
}

// Sign issues a certificate without an order.
func (ca *CA) Sign(hostname string, key crypto.PublicKey) *x509.Certificate {
	return ca.SignAll([]string{hostname}, key)
}

// SignAll is Sign for several hostnames.
func (ca *CA) SignAll(hostnames []string, key crypto.PublicKey) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(ca.issued)) + 2), Subject: pkix.Name{CommonName: hostnames[0]}, DNSNames: hostnames,
		NotBefore: ca.now(), NotAfter: ca.now().Add(ca.Lifetime),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.root, key, ca.key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	id, err := managed.CertID(leaf)
	if err != nil {
		panic(err)
	}
	ca.issued[id] = leaf
	return leaf
}

// Chain implements issuance.Orders.
func (ca *CA) Chain(_ context.Context, url, preferred string) ([][]byte, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("chain"); err != nil {
		return nil, err
	}
	o, err := ca.find(url, "/certificate")
	if err != nil {
		return nil, err
	}
	ca.PreferredChain = preferred
	return o.chain, nil
}

// Identity implements issuance.Orders.
func (ca *CA) Identity(context.Context) (issuance.CAIdentity, error) {
	identity := issuance.CAIdentity{Domains: []string{ca.name}, AccountURI: cmp.Or(ca.Account, "https://"+ca.name+"/account/1")}
	if ca.Account == "unknown" {
		identity.AccountURI = ""
	}
	return identity, nil
}

// Revoke implements issuance.Revoker. What it did not issue it refuses.
func (ca *CA) Revoke(_ context.Context, leaf []byte, _ uint) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, issued := range ca.issued {
		if bytes.Equal(issued.Raw, leaf) {
			ca.Revoked = append(ca.Revoked, leaf)
			return nil
		}
	}
	return &durable.Failure{Code: issuance.CodeRevocationRefused, Message: ca.name + " did not issue it."}
}

// Source implements issuance.Orders.
func (ca *CA) Source() issuance.Source { return ca.From }

// RenewalInfo implements renewal.Info.
func (ca *CA) RenewalInfo(_ context.Context, _, id string) (managed.Window, time.Duration, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.Asked++
	leaf := ca.issued[id]
	if ca.Suggest == nil || leaf == nil {
		return managed.Window{}, 6 * time.Hour, renewal.ErrNoInfo
	}
	window, err := ca.Suggest(leaf)
	return window, 6 * time.Hour, err
}
