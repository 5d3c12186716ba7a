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
	"math/big"
	"slices"
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
	// RefusesReplaces takes no order as a successor, for this reason.
	RefusesReplaces string
	// Suggest, if set, is the window for a certificate; without it there is no
	// renewal information.
	Suggest func(leaf *x509.Certificate) (managed.Window, error)

	// Account, if set, is the account's URL; "unknown" for none that it tells.
	Account string

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
	Revoked  [][]byte                     // leaves, DER
}

type order struct {
	issuance.Order
	hostname, token string
	challenge       string // its status
	chain           [][]byte
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
	o := &order{hostname: r.Hostnames[0], token: fmt.Sprintf("token%d", len(ca.orders)+1), challenge: "pending", Order: issuance.Order{
		URL: url, Status: "pending", Authorizations: []string{url + "/authz"}, FinalizeURL: url + "/finalize", Expires: ca.now().Add(24 * time.Hour),
	}}
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

// Authorization implements issuance.Authorizations.
func (ca *CA) Authorization(_ context.Context, url string) (issuance.Authorization, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("authorization"); err != nil {
		return issuance.Authorization{}, err
	}
	o, err := ca.find(url, "/authz")
	if err != nil {
		return issuance.Authorization{}, err
	}
	a := issuance.Authorization{URL: url, Hostname: o.hostname, Status: o.challenge, Challenge: issuance.Challenge{
		URL: o.URL + "/challenge", Status: o.challenge, Token: o.token, KeyAuthorization: o.token + ".key",
	}}
	if o.challenge == "invalid" && !ca.Broken {
		a.Challenge.Problem = &issuance.Problem{Type: "unauthorized", Detail: "The file was not there."}
	}
	return a, nil
}

// Answer implements issuance.Authorizations: the file is fetched at once.
func (ca *CA) Answer(ctx context.Context, url string) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("answer"); err != nil {
		return err
	}
	o, err := ca.find(url, "/challenge")
	if err != nil {
		return err
	}
	o.challenge, o.Status = "invalid", "invalid"
	if ca.Broken {
		o.Problem = &issuance.Problem{Type: "serverInternal", Detail: "Something went wrong here."}
		return nil
	}
	if content, ok := ca.fetch(o.hostname, o.token); ok && content == o.token+".key" {
		o.challenge, o.Status = "valid", "ready"
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
	if err != nil || request.CheckSignature() != nil || !slices.Equal(request.DNSNames, []string{o.hostname}) {
		return issuance.Order{}, &durable.Failure{Code: issuance.CodeOrderRefused, Message: "The request does not fit the order."}
	}
	leaf := ca.Sign(o.hostname, request.PublicKey)
	o.chain = [][]byte{leaf.Raw, ca.root.Raw}
	o.Status, o.CertificateURL = "valid", o.URL+"/certificate"
	return o.Order, nil
}

// Sign issues a certificate without an order.
func (ca *CA) Sign(hostname string, key crypto.PublicKey) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(ca.issued)) + 2), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname},
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
func (ca *CA) Chain(_ context.Context, url string) ([][]byte, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if err := ca.away("chain"); err != nil {
		return nil, err
	}
	o, err := ca.find(url, "/certificate")
	if err != nil {
		return nil, err
	}
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
