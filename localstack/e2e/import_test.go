package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"certgate/internal/certimport/certimporttest"
	"certgate/localstack"
	"certgate/localstack/funchost"
	"certgate/localstack/localstacktest"
	"certgate/localstack/vaultsim"
)

const importRoute = "/api/ImportCertificateFunctions_HttpStart"

// imported asks for an import and returns the instance id.
func imported(t *testing.T, w *localstacktest.World, route, body string) string {
	t.Helper()
	code, raw := w.Call(http.MethodPost, route, body)
	var reply struct{ ID string }
	if err := json.Unmarshal(raw, &reply); err != nil || code != http.StatusAccepted {
		t.Fatalf("import: %d %s", code, raw)
	}
	return reply.ID
}

// servedIs opens TLS as a client that trusts the upload's authority.
func servedIs(t *testing.T, w *localstacktest.World, hostname string, u certimporttest.Upload) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(u.Root)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(w.Ports.GatewayHTTPS), &tls.Config{ServerName: hostname, RootCAs: roots})
	if err != nil {
		t.Errorf("%s: %v", hostname, err)
		return
	}
	defer conn.Close()
	if shown := conn.ConnectionState().PeerCertificates[0]; !shown.Equal(u.Leaf) {
		t.Errorf("%s is served %s with serial %x", hostname, shown.Subject, shown.SerialNumber)
	}
}

// Keys go in by every door: good, refused, and with the vault in the way. When
// all is over, no file of the emulator, no log, nothing but the vault has any.
func TestAnUploadedKeyIsServedAndInNoPlaceButTheVault(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Keep: true, Duplicate: funchost.DeliverTwice, Env: []string{"LogLevel=debug"}})
	upload := func(hostnames ...string) certimporttest.Upload {
		return certimporttest.New(t, time.Now(), hostnames...)
	}
	shop, mail, wild, refused := upload("shop.example.test"), upload("mail.example.test", "other.example.test"), upload("*.apps.example.test"), upload("refused.example.test")
	uploads := []certimporttest.Upload{shop, mail, wild, refused}

	completes(t, w, imported(t, w, importRoute, shop.Body("shop.example.test")))
	completes(t, w, imported(t, w, importRoute, mail.PFXBody("mail.example.test")))
	completes(t, w, imported(t, w, "/api/AddCertificateWithPrivateKeyFunctions_HttpStart", wild.Body("*.apps.example.test")))
	servedIs(t, w, "shop.example.test", shop)
	servedIs(t, w, "mail.example.test", mail)
	servedIs(t, w, "crm.apps.example.test", wild)

	for body, want := range map[string]int{
		refused.Body("elsewhere.example.test"):                        http.StatusBadRequest,
		refused.Body("refused.example.test")[1:]:                      http.StatusBadRequest,
		strings.Replace(refused.Body("x.test"), "hostname", "hos", 1): http.StatusBadRequest,
		strings.Repeat(refused.PFXBody("refused.example.test"), 200):  http.StatusRequestEntityTooLarge,
	} {
		if code, raw := w.Call(http.MethodPost, importRoute, body); code != want {
			t.Errorf("%d %s, want %d", code, raw, want)
		}
	}
	w.DenyVault(func(_, path string) (vaultsim.Refusal, bool) {
		return vaultsim.Forbidden(), strings.HasSuffix(path, "/import")
	})
	if code, raw := w.Call(http.MethodPost, importRoute, refused.PFXBody("refused.example.test")); code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", code, raw)
	}
	w.DenyVault(nil)

	// The same once more makes no version; a certificate whose hostname leads
	// elsewhere stays in the vault and gets no listener.
	completes(t, w, imported(t, w, importRoute, shop.PFXBody("shop.example.test")))
	if n := w.Versions("shop-example-test"); n != 1 {
		t.Errorf("%d versions of one certificate", n)
	}
	must(t, w.Pebble.DNS().AddA(t.Context(), "other.example.test", "192.0.2.7"))
	s := w.Finish(imported(t, w, importRoute, mail.Body("other.example.test")), patience)
	if s.CustomStatus.Error != "HostnameNotResolvingToApplicationGateway" || w.Versions("other-example-test") != 1 {
		t.Errorf("ended %s %+v with %d versions", s.RuntimeStatus, s.CustomStatus, w.Versions("other-example-test"))
	}
	if hosts := w.Listeners(); len(hosts) != 3 {
		t.Errorf("listeners %q", hosts)
	}

	if err := w.Close(); err != nil { // everything is on disk now
		t.Fatal(err)
	}
	searchFiles(t, w.Dir, uploads)
}

// searchFiles looks into every file of a stack that has ended. That the search
// works shows in the vault's own file, which has the keys, and in the emulator's
// files, which have the rows.
func searchFiles(t *testing.T, dir string, uploads []certimporttest.Upload) {
	t.Helper()
	var files, rows int
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if strings.Contains(path, "azurite") && bytes.Contains(data, []byte("ImportCertificateFunctions")) {
			rows++
		}
		for _, u := range uploads {
			trace := u.FoundIn(data)
			if filepath.Base(path) == "vault.json" {
				found = found || trace != ""
				continue
			}
			if trace != "" {
				t.Errorf("%s has %q of the key for %s", strings.TrimPrefix(path, dir), trace, u.Leaf.DNSNames)
			}
		}
		return nil
	})
	must(t, err)
	if !found || rows == 0 {
		t.Errorf("the search is not to be trusted: %d files, key found in the vault: %t, rows found in %d files of the emulator", files, found, rows)
	}
}
