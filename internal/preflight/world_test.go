package preflight_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/tidwall/sjson"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewayprobe"
	"certgate/internal/hostdns"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/keyvault"
	"certgate/internal/memstore"
	"certgate/internal/preflight"
	"certgate/localstack/armsim"
	"certgate/localstack/azurite/azuritetest"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
	"certgate/localstack/vaultsim"
)

const (
	vaultURL = "https://myvault.vault.azure.net"
	identity = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway-identity"
	blobHost = "acct.blob.core.windows.net"
)

// options are what the tests vary.
type options struct {
	blob        bool // with a real blob service behind the gateway
	ownCA       bool // that the test may change
	private     bool // its container cannot be read by anybody
	fqdn        string
	bend        func(doc []byte) []byte // changes the gateway before it is there
	manage      bool                    // port 80 is certgate's to manage
	settings    gatewaydoc.Settings     // pool and backend settings, if not the gateway's own
	permissions func(scope string) []armsim.Permission
	denyARM     func(method, path string) (armsim.Refusal, bool)
	denyVault   func(method, path string) (vaultsim.Refusal, bool)
	profile     string
	issuer      string        // the CA's name in the settings, if it is not the default one
	validity    time.Duration // of the CA's certificates, if not 90 days
	override    func(http.ResponseWriter, *http.Request) bool
}

// world is the real adapters on simulators of everything that they talk to.
type world struct {
	*testing.T
	arm       *armsim.Server
	gatewayID string
	vault     *vaultsim.Server
	keyvault  *keyvault.Vault
	blobs     *container.Client
	emulator  azuritetest.Emulator
	pebble    *pebble.Pebble
	account   *acmecatest.Secret
	store     *memstore.Store
	records   *managedtest.Records
	runner    *durable.Runner
	config    preflight.Config
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{T: t, account: &acmecatest.Secret{}, store: memstore.New(clock.Now), records: managedtest.NewRecords()}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: memstore.NewQueue(clock.Now), Clock: clock.Now, Flows: []durable.Definition{issuance.AddCertificate(issuance.Ports{})}})
	port80, port443 := processtest.FreePort(t), processtest.FreePort(t)
	w.startVault(o)
	gateway := w.startGateway(o, port80, port443)
	w.startBlobs(o, gateway)
	w.startCA(o)
	resolver, err := hostdns.New(hostdns.Config{Servers: []string{w.pebble.DNS().Address()}})
	if err != nil {
		t.Fatal(err)
	}
	w.config.Settings = gatewaydoc.Settings{BackendPool: cmp.Or(o.settings.BackendPool, "app"), HTTPSettings: cmp.Or(o.settings.HTTPSettings, "app-settings"), HTTPSPort: port443}
	if o.manage {
		w.config.Settings.HTTP = &gatewaydoc.HTTPSide{Port: port80, FilesURL: "https://" + blobHost + "/challenges"}
	}
	w.config.Resolver, w.config.Servers, w.config.Instances, w.config.Records = resolver, resolver, w.store, w.records
	w.config.Listeners = &inventorytest.Rows{}
	w.config.Outside = gatewayprobe.New(gatewayprobe.Config{HTTPPort: port80, HTTPSPort: port443, Lookup: resolver, Timeout: 5 * time.Second})
	w.config.HTTPPort, w.config.VaultURL = port80, vaultURL
	return w
}

// run asks for the report, by the checks' names.
func (w *world) run(hostname string) (map[string]preflight.Finding, *preflight.DNS) {
	w.Helper()
	report := preflight.New(w.config).Run(w.Context(), issuance.Wanted{Hostname: hostname})
	found := map[string]preflight.Finding{}
	for _, f := range report.Checks {
		found[f.Check] = f
		if f.Finding == "" || (f.OK == nil || !*f.OK) && f.Fix == "" {
			w.Errorf("%s says too little: %+v", f.Check, f)
		}
	}
	return found, report.DNS
}

// want checks what a check came to: "ok", "not" or "unknown", and its words.
func (w *world) want(found map[string]preflight.Finding, check, came string, words ...string) {
	w.Helper()
	f, there := found[check]
	got := "unknown"
	if f.OK != nil {
		got = map[bool]string{true: "ok", false: "not"}[*f.OK]
	}
	if !there || got != came {
		w.Errorf("%s is %s, want %s: %s (%s)", check, got, came, f.Finding, f.Fix)
	}
	for _, word := range words {
		if !strings.Contains(f.Finding+" "+f.Fix, word) {
			w.Errorf("%s does not say %q: %s (%s)", check, word, f.Finding, f.Fix)
		}
	}
}

// state is everything that a check could have changed.
func (w *world) state() string {
	w.Helper()
	path := filepath.Join(w.TempDir(), "vault.json")
	if err := w.vault.Save(path); err != nil {
		w.Fatal(err)
	}
	vault, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	doc, _ := w.arm.Document(w.gatewayID)
	orders, err := w.pebble.Orders()
	if err != nil {
		w.Fatal(err)
	}
	page, _, err := w.store.List(w.Context(), durable.Filter{})
	if err != nil {
		w.Fatal(err)
	}
	var blobs []string
	if w.blobs != nil {
		reply, err := w.blobs.NewListBlobsFlatPager(nil).NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, b := range reply.Segment.BlobItems {
			blobs = append(blobs, *b.Name)
		}
	}
	raw, err := json.Marshal(map[string]any{"vault": string(vault), "gateway": string(doc), "puts": w.arm.Puts(), "orders": orders, "instances": len(page), "blobs": blobs, "account": w.account.Text()})
	if err != nil {
		w.Fatal(err)
	}
	return string(raw)
}

// set changes a member of the gateway's document.
func set(path, value string) func([]byte) []byte {
	return func(doc []byte) []byte {
		out, err := sjson.SetRawBytes(doc, path, []byte(value))
		if err != nil {
			panic(err)
		}
		return out
	}
}

// holds puts a certificate, or a plain secret, into the vault.
func (w *world) holds(name string, certificate bool) {
	w.Helper()
	if !certificate {
		secret, err := w.keyvault.Secret(name)
		if err != nil {
			w.Fatal(err)
		}
		if err := secret.Save(w.Context(), []byte("{}")); err != nil {
			w.Fatal(err)
		}
		return
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	host := name + ".example.com"
	like := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	if err != nil {
		w.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		w.Fatal(err)
	}
	pfx, err := pkcs12.Modern.Encode(key, leaf, nil, "")
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.keyvault.Import(w.Context(), issuance.CertificateRequest{Name: name, Hostnames: []string{host}}, pfx, ""); err != nil {
		w.Fatal(err)
	}
}
