package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/delivery"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/watch"
	"certgate/internal/principal"
)

// shownGateway is a gateway at rest, and the vault behind it.
type shownGateway struct {
	away      bool
	listeners map[string][]managed.Place
	now       map[string][]managed.Place // listeners that nobody has read yet, if not nil
	chain     [][]byte
	silent    bool              // no answer over TLS, as when the network is broken
	versions  map[string][]byte // leaf by "name/version"
}

func (g *shownGateway) ResourceName(string) string { return "shared" }

func (g *shownGateway) Listeners(context.Context) (map[string][]managed.Place, error) {
	if g.away {
		return nil, errors.New("ARM is away")
	}
	return g.listeners, nil
}

func (g *shownGateway) ListenersSince(ctx context.Context, _ time.Time) (map[string][]managed.Place, error) {
	if g.now != nil {
		g.listeners = g.now
	}
	return g.Listeners(ctx)
}

func (g *shownGateway) Chain(context.Context, string, string) ([][]byte, error) {
	if g.chain == nil {
		return nil, errors.New("nothing is served")
	}
	return g.chain, nil
}

// Look is of a gateway that nobody has found; localstack/gatewaysim has the real one.
func (g *shownGateway) Look(context.Context, string, string) (gatewayview.Look, error) {
	if g.away {
		return gatewayview.Look{}, errors.New("ARM is away")
	}
	return gatewayview.Look{
		HTTP:  gatewayprobe.Look{Answers: []gatewayprobe.Answer{}, End: gatewayprobe.NothingCame, Problem: "Nothing came."},
		HTTPS: gatewayprobe.Look{Answers: []gatewayprobe.Answer{}, End: gatewayprobe.NothingCame, Problem: "Nothing came."},
	}, nil
}

func (g *shownGateway) Version(_ context.Context, name, version string) (issuance.VaultCertificate, error) {
	leaf, ok := g.versions[name+"/"+version]
	if !ok {
		return issuance.VaultCertificate{}, issuance.ErrGone
	}
	return issuance.VaultCertificate{Name: name, Version: version, Leaf: leaf}, nil
}

// ServedLeaf and the two that follow are what the watchdog's look needs.
func (g *shownGateway) ServedLeaf(context.Context, string, netip.Addr) ([]byte, error) {
	switch {
	case g.silent:
		return nil, errors.New("nothing answers")
	case g.chain == nil:
		return nil, issuance.ErrNoListener
	}
	return g.chain[0], nil
}

func (g *shownGateway) ChallengeFile(context.Context, string, string, netip.Addr) (string, int, error) {
	return "", 0, errors.New("not asked for")
}

func (g *shownGateway) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (g *shownGateway) Certificate(context.Context, string) (issuance.VaultCertificate, error) {
	return issuance.VaultCertificate{}, issuance.ErrGone
}

// Show implements api.Targets: every certificate has the same.
func (w *world) Show(context.Context, *managed.Record) []delivery.Shown { return w.targets }

// Documents implements api.Targets.
func (w *world) Documents(r *managed.Record, name string) (delivery.Document, bool, error) {
	switch name {
	case "aks":
		return delivery.Document{Text: "kind: Ingress # " + r.Name + "\n", Type: "application/yaml"}, true, nil
	case "edge":
		return delivery.Document{}, true, nil
	}
	return delivery.Document{}, false, nil
}

func (w *world) certificates() api.Certificates {
	look := watch.Ports{Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: w.gateway}}, Probe: w.gateway, Vault: w.gateway}.Look
	return api.Certificates{Records: w.records, Vault: w.gateway, Gateway: w.gateway, Look: look, Targets: w, Portal: api.Portal{GatewayID: "/subscriptions/s/gw", TenantID: "contoso"}, Clock: w.clock.Now}
}

// managedWorld knows the flows that certificates are managed with.
func managedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.runner.Add(issuance.RenewCertificate(issuance.Ports{}))
	w.runner.Add(issuance.RetireCertificate(issuance.RetirePorts{}))
	w.runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{}))
	w.runner.Add(batch.AddMultiple(w.runner, w.store))
	return w
}

// manages stores the record of a healthy certificate, 30 days old of 90, after
// change.
func (w *world) manages(hostname string, change func(*managed.Record)) string {
	w.t.Helper()
	now := w.clock.Now()
	name := strings.ReplaceAll(hostname, ".", "-")
	r := &managed.Record{
		Name: name, Hostnames: []string{hostname}, Version: "v2", Thumbprint: "AB12", Issuer: "Test CA", KeyType: "RSA-2048",
		SecretID: "https://vault.test/secrets/" + name, NotBefore: now.Add(-30 * 24 * time.Hour), NotAfter: now.Add(60 * 24 * time.Hour),
		Served: managed.ServedCurrent, ServedAt: now,
	}
	if change != nil {
		change(r)
	}
	if err := w.records.SaveRecord(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// list walks every page and returns the names.
func (w *world) list(query string) (names []string) {
	w.t.Helper()
	token := ""
	for range 1000 {
		r := w.callWith("GET", "/api/certificates?"+query, "", principal.Header, admin, "x-ms-continuation-token", token)
		if r.status != http.StatusOK {
			w.t.Fatalf("%s: %d %s", query, r.status, r.raw)
		}
		var page struct{ Certificates []struct{ Name string } }
		if err := json.Unmarshal([]byte(r.raw), &page); err != nil {
			w.t.Fatal(err)
		}
		for _, c := range page.Certificates {
			names = append(names, c.Name)
		}
		if token = r.header.Get("x-ms-continuation-token"); token == "" {
			return names
		}
	}
	w.t.Fatal("the list has no end")
	return nil
}

func selfSigned(t *testing.T, hostname string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname}, NotAfter: time.Unix(2e9, 0)}
	leaf, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}
