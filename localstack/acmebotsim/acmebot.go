// Package acmebotsim plays acmebot in a vault: it knows its certificates by the tags of
// their newest version alone, renews those whose time has come, and writes its tags with
// each version. It never looks at a gateway.
package acmebotsim

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"
)

// leftWhenDue is the part of its life that is left when a certificate is renewed.
const leftWhenDue = 0.3

// Acmebot is one app.
type Acmebot struct {
	vault    http.Handler
	token    string
	base     string // https://NAME.vault.azure.net
	endpoint string // host of its authority
	key      *ecdsa.PrivateKey
}

// New makes an app that works in a vault with an authority; token is the vault's.
func New(vault http.Handler, token, base, endpoint string) *Acmebot {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return &Acmebot{vault: vault, token: token, base: base, endpoint: endpoint, key: key}
}

type certificate struct {
	ID         string            `json:"id"`
	Tags       map[string]string `json:"tags"`
	Attributes struct {
		Enabled bool  `json:"enabled"`
		From    int64 `json:"nbf"`
		Until   int64 `json:"exp"`
	} `json:"attributes"`
}

func (c certificate) name() string { return c.ID[strings.LastIndexByte(c.ID, '/')+1:] }

// own is acmebot's test: the newer tag or, without it, the older ones; and its authority.
func (a *Acmebot) own(tags map[string]string) bool {
	endpoint := ""
	if text, ok := tags["Acmebot"]; ok {
		var newer struct{ Endpoint string }
		if json.Unmarshal([]byte(text), &newer) == nil {
			endpoint = newer.Endpoint
		}
	} else if strings.EqualFold(tags["Issuer"], "Acmebot") {
		endpoint = tags["Endpoint"]
	}
	if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
		endpoint = u.Host
	}
	return strings.EqualFold(endpoint, a.endpoint)
}

// Due names the certificates that it would renew at a time, in the order of their names.
func (a *Acmebot) Due(ctx context.Context, at time.Time) (names []string, err error) {
	for next := a.base + "/certificates?api-version=7.6"; next != ""; {
		var page struct {
			Value    []certificate `json:"value"`
			NextLink string        `json:"nextLink"`
		}
		if err := a.call(ctx, http.MethodGet, next, nil, &page); err != nil {
			return nil, err
		}
		for _, c := range page.Value {
			life, left := c.Attributes.Until-c.Attributes.From, c.Attributes.Until-at.Unix()
			if c.Attributes.Enabled && a.own(c.Tags) && float64(left) <= leftWhenDue*float64(life) {
				names = append(names, c.name())
			}
		}
		next = page.NextLink
	}
	slices.Sort(names)
	return names, nil
}

// Renew makes the next version of a certificate, as its dashboard does for any: a pending
// operation with its tags, then the chain. Other people's tags are carried over.
func (a *Acmebot) Renew(ctx context.Context, name string) (version string, err error) {
	var old certificate
	if err := a.call(ctx, http.MethodGet, a.base+"/certificates/"+name+"?api-version=7.6", nil, &old); err != nil {
		return "", err
	}
	tags := map[string]string{"Acmebot": fmt.Sprintf(`{"endpoint":%q,"dnsProvider":"Azure DNS"}`, a.endpoint)}
	for k, v := range old.Tags {
		if k != "Acmebot" && k != "Issuer" && k != "Endpoint" && k != "DnsProvider" && k != "DnsAlias" {
			tags[k] = v
		}
	}
	hostname := strings.ReplaceAll(name, "-example-", ".example.")
	policy := map[string]any{
		"issuer": map[string]any{"name": "Unknown"}, "key_props": map[string]any{"exportable": true, "kty": "RSA", "key_size": 2048},
		"secret_props": map[string]any{"contentType": "application/x-pkcs12"},
		"x509_props":   map[string]any{"subject": "CN=" + hostname, "sans": map[string]any{"dns_names": []string{hostname}}},
	}
	var pending struct {
		CSR string `json:"csr"`
	}
	if err := a.call(ctx, http.MethodPost, a.base+"/certificates/"+name+"/create?api-version=7.6", map[string]any{"policy": policy, "tags": tags}, &pending); err != nil {
		return "", err
	}
	leaf, err := a.sign(pending.CSR, hostname)
	if err != nil {
		return "", err
	}
	var made certificate
	err = a.call(ctx, http.MethodPost, a.base+"/certificates/"+name+"/pending/merge?api-version=7.6", map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(leaf)}, "tags": tags}, &made)
	return made.name(), err
}

func (a *Acmebot) sign(csr, hostname string) ([]byte, error) {
	der, err := base64.StdEncoding.DecodeString(csr)
	if err != nil {
		return nil, fmt.Errorf("decode the CSR: %w", err)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("parse the CSR: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(90 * 24 * time.Hour)}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acmebot's authority"}}
	return x509.CreateCertificate(rand.Reader, template, authority, request.PublicKey, a.key)
}

func (a *Acmebot) call(ctx context.Context, method, address string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	r := httptest.NewRequestWithContext(ctx, method, address, bytes.NewReader(raw))
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	a.vault.ServeHTTP(rec, r)
	if rec.Code >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %d %s", method, address, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		return fmt.Errorf("%s %s: %w", method, address, err)
	}
	return nil
}
