package consumersim_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/delivery"
	"certgate/internal/delivery/target"
	"certgate/internal/gatewayprobe"
	"certgate/internal/issuance/managed"
	"certgate/localstack/consumersim"
	"certgate/localstack/vaultsim/bundle"
)

const hostname = "shop.example.com"

// vault has one certificate, and hands its chain out as the real one does.
type vault struct{ bundle.Bundle }

// ReadSecret implements consumersim.Secrets.
func (v vault) ReadSecret(context.Context, string) (value, contentType string, err error) {
	value, err = bundle.EncodePFX(v.Bundle)
	return value, bundle.TypePFX, err
}

// newVault merges a leaf behind some intermediates, without the root. What goes in leaf
// first comes out leaf last, and the other way round.
func newVault(t *testing.T, intermediates int, rootFirst bool) (v vault, leaf *x509.Certificate) {
	t.Helper()
	var signer *ecdsa.PrivateKey
	var issuer *x509.Certificate
	for n := range intermediates + 2 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(n + 1)), Subject: pkix.Name{CommonName: fmt.Sprintf("Authority %d", n)},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			BasicConstraintsValid: true, IsCA: n <= intermediates, KeyUsage: x509.KeyUsageCertSign,
		}
		if n > intermediates {
			template.DNSNames = []string{hostname}
		}
		if issuer == nil {
			issuer, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if leaf, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			v.Certificates = append(v.Certificates, leaf)
		}
		issuer, signer, v.Key = leaf, key, key
	}
	if rootFirst {
		slices.Reverse(v.Certificates)
	}
	return v, leaf
}

// Of each way into a cluster: the manifest that certgate writes is served as it should be,
// and one that does not fit the vault's order is named, by what clients are shown.
func TestACertificateIsServedThroughItsOwnManifest(t *testing.T) {
	t.Parallel()
	const csi, akv2k8s, routing = `"from":"csi","clientId":"11111111-2222-3333-4444-555555555555"`, `"from":"akv2k8s"`, `"from":"app-routing"`
	for _, c := range []struct {
		name          string
		options       string
		intermediates int
		rootFirst     bool // how the vault got the chain
		written       bool // what the manifest was written for
		says          string
	}{
		{name: "csi", options: csi, intermediates: 1},
		{name: "csi, two intermediates", options: csi, intermediates: 2},
		{name: "csi, root first", options: csi, intermediates: 2, rootFirst: true, written: true},
		{name: "csi, through a gateway", options: csi + `,"entry":"gateway","class":"istio"`, intermediates: 1},
		{name: "app-routing", options: routing, intermediates: 1},
		{name: "app-routing, through a gateway", options: routing + `,"entry":"gateway","class":"approuting-istio","clientId":"11111111-2222-3333-4444-555555555555"`, intermediates: 1},
		{name: "akv2k8s", options: akv2k8s, intermediates: 1},
		{name: "akv2k8s, root first", options: akv2k8s, intermediates: 2, rootFirst: true, written: true},
		{name: "akv2k8s, two intermediates, leaf first", options: akv2k8s, intermediates: 2, says: "its chain is out of order"},
		{name: "akv2k8s, written for the other order", options: akv2k8s, intermediates: 1, written: true, says: "has no certificate for " + hostname},
		{name: "akv2k8s, written for the other order too", options: akv2k8s, intermediates: 1, rootFirst: true, says: "has no certificate for " + hostname},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, leaf := newVault(t, c.intermediates, c.rootFirst)
			var cluster consumersim.Cluster
			server, err := consumersim.Start(func(b bundle.Bundle) ([]*x509.Certificate, error) { return cluster.Order(b) })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			targets, err := target.Read(fmt.Sprintf(`{"aks":{"kind":"kubernetes","for":[%q],"endpoints":[%q],"service":"web",%s}}`, hostname, server.Address(), c.options))
			if err != nil {
				t.Fatal(err)
			}
			d := delivery.New(delivery.Config{Targets: targets, Chains: gatewayprobe.New(gatewayprobe.Config{}), Vault: delivery.Vault{URL: "https://certs.vault.azure.net", RootFirst: c.written}})
			r := &managed.Record{Name: "shop-example-com", Hostnames: []string{hostname}, Thumbprint: managed.SHA1Thumbprint(leaf.Raw), NotBefore: leaf.NotBefore}
			document, known, err := d.Documents(r, "aks")
			if err != nil || !known {
				t.Fatal(known, err)
			}
			if cluster, err = consumersim.Apply(document.Text, ".vault.azure.net"); err != nil {
				t.Fatalf("%v:\n%s", err, document.Text)
			}
			if cluster.SecretID != "https://certs.vault.azure.net/secrets/shop-example-com" || !slices.Equal(cluster.Hosts, []string{hostname}) {
				t.Errorf("the cluster reads %s for %q", cluster.SecretID, cluster.Hosts)
			}
			err = server.Pull(t.Context(), v, cluster.SecretID)
			if refused := strings.Contains(c.says, "has no certificate"); (err != nil) != refused {
				t.Errorf("what the cluster does: %v", err)
			}
			if why := d.Look(t.Context(), r)["aks"]; (why == "") != (c.says == "") || !strings.Contains(why, c.says) {
				t.Errorf("certgate says %q, want %q", why, c.says)
			}
		})
	}
}
