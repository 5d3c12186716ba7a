package localstacktest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"certgate/localstack"
	"certgate/localstack/armsim/gatewaydoc"
)

// Orders is how many orders the CA has taken.
func (w *World) Orders() int {
	w.t.Helper()
	n, err := w.Pebble.Orders()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Versions is how many versions of a certificate the vault has.
func (w *World) Versions(name string) int {
	w.t.Helper()
	code, raw := w.vault("/certificates/" + name + "/versions")
	if code == http.StatusNotFound {
		return 0
	}
	var list struct{ Value []json.RawMessage }
	if err := json.Unmarshal(raw, &list); err != nil || code != http.StatusOK {
		w.t.Fatalf("versions of %s: %d %s", name, code, raw)
	}
	return len(list.Value)
}

// Pending reports whether the vault has an operation in progress.
func (w *World) Pending(name string) bool {
	w.t.Helper()
	code, raw := w.vault("/certificates/" + name + "/pending")
	var operation struct{ Status string }
	_ = json.Unmarshal(raw, &operation) // an error document has no status
	return code == http.StatusOK && strings.EqualFold(operation.Status, "inProgress")
}

// vault asks the vault as its administrator.
func (w *World) vault(path string) (int, []byte) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://"+localstack.VaultHost+path+"?api-version=7.6", nil)
	r.Header.Set("Authorization", "Bearer "+w.Token("https://vault.azure.net"))
	rec := httptest.NewRecorder()
	w.Vault.ServeHTTP(rec, r)
	return rec.Code, rec.Body.Bytes()
}

// Listeners are the host names that the gateway has HTTPS listeners for.
func (w *World) Listeners() []string {
	w.t.Helper()
	return w.ListenersOn(0)
}

// ListenersOn are those of the nth gateway, from 0.
func (w *World) ListenersOn(n int) []string {
	w.t.Helper()
	raw, ok := w.ARM.Document(localstack.GatewayIDOf(n))
	if !ok {
		w.t.Fatal("there is no gateway")
	}
	doc, err := gatewaydoc.Parse(raw)
	if err != nil {
		w.t.Fatal(err)
	}
	var hosts []string
	for _, l := range doc.Properties.HTTPListeners {
		if l.Properties.HTTPS() {
			hosts = append(hosts, l.Properties.Hosts()...)
		}
	}
	return hosts
}

// ValidationFiles are the blobs that are left in the challenge container.
func (w *World) ValidationFiles() []string {
	w.t.Helper()
	c, err := container.NewClientFromConnectionString(w.Azurite.ConnectionString(), "acme", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for pager := c.NewListBlobsFlatPager(nil); pager.More(); {
		page, err := pager.NextPage(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, *b.Name)
		}
	}
	return names
}

// Served opens TLS to the gateway and returns the serial number of the leaf. It
// is an error if the leaf is not a certificate of the CA for the hostname.
func (w *World) Served(hostname string) (serial string, err error) {
	w.t.Helper()
	roots, err := w.Pebble.Roots(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(w.Ports.GatewayHTTPS), &tls.Config{ServerName: hostname, RootCAs: roots})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return fmt.Sprintf("%x", conn.ConnectionState().PeerCertificates[0].SerialNumber), nil
}
