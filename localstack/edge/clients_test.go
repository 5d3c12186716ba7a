package edge_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/localstack/edge"
	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
)

// vaultVar makes the test binary play the handler: a program that knows nothing
// of the local stack but its environment.
const vaultVar = "EDGE_TEST_VAULT"

func TestMain(m *testing.M) {
	vault := os.Getenv(vaultVar)
	if vault == "" {
		os.Exit(m.Run())
	}
	if err := readCertificate(context.Background(), vault, nil); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// readCertificate calls the vault with the SDK's client; a nil transport is the
// SDK's own.
func readCertificate(ctx context.Context, vault string, transport *http.Client) error {
	options := &azcertificates.ClientOptions{}
	options.Retry.MaxRetries = -1 // an error shows at once
	if transport != nil {
		options.Transport = transport
	}
	client, err := azcertificates.NewClient(vault, &fake.TokenCredential{}, options)
	if err != nil {
		return err
	}
	got, err := client.GetCertificate(ctx, "example-com", "", nil)
	if err != nil {
		return err
	}
	fmt.Println("read", *got.ID)
	return nil
}

// aVault plays the two requests that a first GetCertificate makes: the challenge,
// whose resource the client compares with the host, and the read.
func aVault() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate",
				`Bearer authorization="https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111", resource="https://vault.azure.net"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"https://%s%sv1"}`, r.Host, r.URL.Path)
	})
}

func TestAnUnchangedProgramIsRoutedByItsEnvironmentAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("Go reads SSL_CERT_FILE on Linux and the BSDs only")
	}
	e, ca := start(t, edge.Route{Host: "*.vault.azure.net", Handler: aVault()})
	bundle := filepath.Join(t.TempDir(), localca.RootFile)
	if err := os.WriteFile(bundle, ca.PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = []string{
		vaultVar + "=https://myvault.vault.azure.net",
		"HTTPS_PROXY=" + e.URL(),
		"SSL_CERT_FILE=" + bundle,
	}
	out, err := program.CombinedOutput()
	if want := "read https://myvault.vault.azure.net/certificates/example-com/v1"; err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("said %q, want %q; error %v", out, want, err)
	}
}

func TestAnACMEServerBehindTheEdgeSeesTheNameItIsCalledBy(t *testing.T) {
	t.Parallel()
	ca, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	acmeServer, err := pebble.Start(t.Context(), pebble.Options{Dir: t.TempDir(), Authority: ca})
	processtest.RequireTools(t, err)
	t.Cleanup(acmeServer.Stop)
	upstream, err := edge.Upstream(acmeServer.URL(), ca.Pool())
	if err != nil {
		t.Fatal(err)
	}
	e, edgeCA := start(t, edge.Route{Host: "acme.certgate.test", Handler: upstream})

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	core, err := api.New(clientOf(t, e, edgeCA.Pool()), "certgate-test", "https://acme.certgate.test"+pebble.DirectoryPath, "", key)
	if err != nil {
		t.Fatal(err)
	}
	account, err := core.Accounts.New(acme.Account{TermsOfServiceAgreed: true})
	if err != nil {
		t.Fatal(err)
	}
	// The CA compares the signed url of this request with the Host header.
	order, err := core.Orders.New([]string{"www.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{account.Location, order.Location, order.Finalize, order.Authorizations[0]} {
		if !strings.HasPrefix(address, "https://acme.certgate.test/") {
			t.Errorf("URL %s", address)
		}
	}
	if made, err := acmeServer.Orders(); err != nil || made != 1 {
		t.Errorf("%d orders, %v", made, err)
	}
}

func TestAnUnknownVaultIsAClearError(t *testing.T) {
	t.Parallel()
	e, ca := start(t)
	err := readCertificate(t.Context(), "https://myvault.vault.azure.net", clientOf(t, e, ca.Pool()))
	if err == nil || !strings.Contains(err.Error(), "no route for myvault.vault.azure.net") {
		t.Errorf("error %v", err)
	}
}
