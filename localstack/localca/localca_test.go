package localca_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"certgate/localstack/localca"
)

const day = 24 * time.Hour

func TestAClientThatTrustsTheRootAcceptsAnIssuedCertificate(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	cert, err := ca.Issue("Example.com", "*.example.org", "127.0.0.1", "::1")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.StartTLS()
	defer server.Close()

	for name, accepted := range map[string]bool{
		"example.com": true, "a.example.org": true, "127.0.0.1": true, "::1": true,
		"example.org": false, "other.com": false, "127.0.0.2": false,
	} {
		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{RootCAs: ca.Pool(), ServerName: name})
		if err == nil {
			conn.Close()
		}
		if accepted != (err == nil) {
			t.Errorf("%s: accepted=%v, error %v", name, accepted, err)
		}
	}
}

func TestTheBundleHoldsTheRootAlone(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca.PEM()) || !pool.Equal(ca.Pool()) {
		t.Error("the PEM bundle is not the root")
	}
	if bytes.Contains(ca.PEM(), []byte("PRIVATE KEY")) {
		t.Error("the bundle holds a key")
	}
}

func TestTheSameHostsGetTheSameCertificate(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	serials := make([]string, 20)
	var wg sync.WaitGroup
	for i := range serials {
		wg.Go(func() {
			hosts := []string{"a.example", "b.example", "B.example"}
			if i%2 == 0 {
				hosts = []string{"b.example", "a.example"}
			}
			if cert, err := ca.Issue(hosts...); err == nil {
				serials[i] = cert.Leaf.SerialNumber.String()
			}
		})
	}
	wg.Wait()
	for _, serial := range serials {
		if serial == "" || serial != serials[0] {
			t.Fatalf("serials %q", serials)
		}
	}
}

func TestACertificateWithoutHostsIsRefused(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	for _, hosts := range [][]string{nil, {""}, {"a.example", ""}} {
		if _, err := ca.Issue(hosts...); err == nil {
			t.Errorf("Issue(%q) worked", hosts)
		}
	}
}

func TestACertificateIsValidForAYearAndReplacedNearItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		ca := open(t, dir)
		time.Sleep(300 * day) // of the bubble's clock
		first, _ := ca.Issue("a.example")
		if left := time.Until(first.Leaf.NotAfter); left != 65*day {
			t.Errorf("certificate has %s left, want the root's 65 days", left)
		}
		time.Sleep(36 * day)
		if second, _ := ca.Issue("a.example"); second.Leaf.SerialNumber.Cmp(first.Leaf.SerialNumber) == 0 {
			t.Error("a certificate near its end is still given out")
		}
		ca = open(t, dir)
		third, _ := ca.Issue("a.example")
		if left := time.Until(third.Leaf.NotAfter); left != 365*day {
			t.Errorf("certificate of the new root has %s left, want a year", left)
		}
	})
}

func TestAnAuthorityInAFolderStaysTheSame(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ca")
	first := open(t, dir)
	if err := os.Remove(filepath.Join(dir, localca.RootFile)); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	if !bytes.Equal(first.PEM(), second.PEM()) {
		t.Error("the second run has another root")
	}
	cert, err := second.Issue("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: first.Pool()}); err != nil {
		t.Errorf("a client of the first run: %v", err)
	}
	if !cert.Leaf.IPAddresses[0].Equal(net.IPv4(127, 0, 0, 1)) {
		t.Errorf("addresses %v", cert.Leaf.IPAddresses)
	}
	if bundle, err := os.ReadFile(filepath.Join(dir, localca.RootFile)); err != nil || !bytes.Equal(bundle, first.PEM()) {
		t.Errorf("bundle file is not the root: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	info, err := os.Stat(filepath.Join(dir, "authority.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info.Mode(), err)
	}
}

func TestADamagedAuthorityIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "authority.pem")
	before := open(t, dir)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key := sound[bytes.Index(sound, []byte("-----BEGIN EC")):]
	for name, content := range map[string][]byte{
		"empty":                      nil,
		"not a PEM file":             []byte("hello"),
		"without its key":            before.PEM(),
		"without its certificate":    key,
		"key of another certificate": append(newAuthority(t).PEM(), key...),
		"broken block":               bytes.Replace(sound, []byte("\nM"), []byte("\nA"), 1),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		after := open(t, dir)
		if bytes.Equal(before.PEM(), after.PEM()) {
			t.Errorf("%s: the root survived", name)
		}
		if cert, err := after.Issue("a.example"); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: after.Pool()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bundle, _ := os.ReadFile(filepath.Join(dir, localca.RootFile)); !bytes.Equal(bundle, after.PEM()) {
			t.Errorf("%s: the bundle is of the old root", name)
		}
	}
}

func TestAFolderThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func newAuthority(t *testing.T) *localca.Authority {
	t.Helper()
	ca, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func open(t *testing.T, dir string) *localca.Authority {
	t.Helper()
	ca, err := localca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}
