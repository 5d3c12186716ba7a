package localstacktest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/vaultsim/bundle"
)

// Others are what other people and tools put on the gateway and into the vault.
type Others struct {
	*testing.T
	W *World
}

// Certificate is a self-signed one of 90 days, as PFX, that is as old as said.
func (o Others) Certificate(hostname string, age time.Duration) (pfx string, leaf []byte) {
	o.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		o.Fatal(err)
	}
	from := time.Now().Add(-age)
	template := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname},
		NotBefore: from, NotAfter: from.Add(90 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		o.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		o.Fatal(err)
	}
	if pfx, err = bundle.EncodePFX(bundle.Bundle{Key: key, Certificates: []*x509.Certificate{cert}}); err != nil {
		o.Fatal(err)
	}
	return pfx, der
}

// Azure calls a simulator as its service is called, which must not refuse.
func (o Others) Azure(handler http.Handler, audience, method, url string, body any) []byte {
	o.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.Fatal(err)
	}
	r := httptest.NewRequest(method, url, bytes.NewReader(raw))
	r.Header.Set("Authorization", "Bearer "+o.W.Token(audience))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	if rec.Code >= 300 {
		o.Fatalf("%s %s: %d %s", method, url, rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// Imports puts a certificate into the vault, as simple-acme, acmebot and people do, and
// returns its version.
func (o Others) Imports(name, hostname string, age time.Duration, tags map[string]string) (version string) {
	o.Helper()
	pfx, _ := o.Certificate(hostname, age)
	raw := o.Azure(o.W.Vault, "https://vault.azure.net", http.MethodPost, "https://"+localstack.VaultHost+"/certificates/"+name+"/import?api-version=7.6", map[string]any{"value": pfx, "tags": tags})
	var made struct{ ID string }
	if err := json.Unmarshal(raw, &made); err != nil {
		o.Fatal(err)
	}
	return made.ID[strings.LastIndexByte(made.ID, '/')+1:]
}

// Disables switches the newest version of a certificate off.
func (o Others) Disables(name string) {
	o.Helper()
	o.Azure(o.W.Vault, "https://vault.azure.net", http.MethodPatch, "https://"+localstack.VaultHost+"/certificates/"+name+"?api-version=7.6", map[string]any{"attributes": map[string]any{"enabled": false}})
}

// Changes edits the gateway's document as a template does: a whole PUT.
func (o Others) Changes(edit func(properties map[string]any, ref func(collection, name string) any)) {
	o.Helper()
	raw, ok := o.W.ARM.Document(localstack.GatewayID)
	if !ok {
		o.Fatal("there is no gateway")
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		o.Fatal(err)
	}
	edit(doc["properties"].(map[string]any), func(collection, name string) any {
		return map[string]any{"id": localstack.GatewayID + "/" + collection + "/" + name}
	})
	o.Azure(o.W.ARM, "https://management.azure.com", http.MethodPut, "https://management.azure.com"+localstack.GatewayID+"?api-version=2025-05-01", doc)
}

// Add puts an entry into a collection of the document.
func Add(properties map[string]any, collection, name string, members map[string]any) {
	list, _ := properties[collection].([]any)
	properties[collection] = append(list, map[string]any{"name": name, "properties": members})
}
