package keyvault_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/keyvault"
	"certgate/localstack/recorded"
)

// replaying answers the recorded request with the recorded reply, and whatever
// else is asked with 404. The challenge comes first, as always.
func replaying(x recorded.Exchange, before ...answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch {
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == x.Request.Method && strings.HasSuffix(strings.Trim(r.URL.Path, "/"), lastPart(x)):
			x.Reply.Write(w)
		case len(before) > 0 && strings.HasSuffix(r.URL.Path, "/pending"):
			w.WriteHeader(before[0].status)
			io.WriteString(w, before[0].body)
		default:
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"error":{"code":"CertificateNotFound","message":"Not found."}}`)
		}
	})
}

// lastPart is what the recorded address ends with.
func lastPart(x recorded.Exchange) string {
	path, _, _ := strings.Cut(x.Request.URL, "?")
	path = strings.Trim(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// nameIn is the name of the certificate or secret in the recorded address.
func nameIn(x recorded.Exchange) string {
	parts := strings.Split(strings.SplitN(strings.TrimPrefix(x.Request.URL, "https://"), "?", 2)[0], "/")
	return parts[2]
}

// recordedReply is what of a recorded body is needed here.
type recordedReply struct {
	ID  string `json:"id"`
	CSR []byte `json:"csr"`
	CER []byte `json:"cer"`
}

// readings say for each recorded reply what the adapter makes of it.
var readings = map[string]func(*testing.T, recorded.Exchange, recordedReply){
	"keyvault-challenge-401": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		asked := 0
		service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				asked++
				x.Reply.Write(w)
				return
			}
			w.WriteHeader(http.StatusNotFound)
		})
		_, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Certificate(once(t), "a")
		if !errors.Is(err, issuance.ErrGone) || asked == 0 {
			t.Errorf("after %d challenges: %v", asked, err)
		}
	},
	"keyvault-create-unknown-202": func(t *testing.T, x recorded.Exchange, want recordedReply) {
		r := issuance.CertificateRequest{Name: nameIn(x), Hostnames: []string{"MyCert"}}
		csr, err := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))}).PendingCSR(once(t), r)
		if err != nil || string(csr) != string(want.CSR) {
			t.Errorf("%d bytes, %v", len(csr), err)
		}
	},
	"keyvault-get-only-pending-200": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))})
		if _, err := v.Certificate(once(t), nameIn(x)); !errors.Is(err, issuance.ErrGone) {
			t.Errorf("got %v", err)
		}
	},
	"keyvault-get-only-pending-by-version-200": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))})
		if _, err := v.Version(once(t), nameIn(x), lastPart(x)); !errors.Is(err, issuance.ErrGone) {
			t.Errorf("got %v", err)
		}
	},
	"keyvault-get-while-recovering-404": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))})
		if _, err := v.Certificate(once(t), nameIn(x)); !errors.Is(err, issuance.ErrGone) {
			t.Errorf("got %v", err)
		}
	},
	"keyvault-list-include-pending-200": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		for s, err := range newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))}).List(once(t)) {
			t.Errorf("%+v, %v", s, err)
		}
	},
	"keyvault-import-pem-200": func(t *testing.T, x recorded.Exchange, want recordedReply) {
		s := simulate(t)
		pfx, _ := uploaded(t, s, "", "shop.example.com")
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))})
		cert, err := v.Import(once(t), issuance.CertificateRequest{Name: nameIn(x), Hostnames: shop.Hostnames}, pfx, "")
		checkRead(t, cert, err, want)
	},
	"keyvault-merge-201": func(t *testing.T, x recorded.Exchange, want recordedReply) {
		chain, pending := ofRequest(t, x)
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x, pending))})
		cert, err := v.Merge(once(t), issuance.CertificateRequest{Name: nameIn(x), Hostnames: []string{"MyCert"}}, chain)
		checkRead(t, cert, err, want)
	},
	"keyvault-merge-other-key-400": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		chain, csr := selfSigned(t, "shop.example.com")
		pending := answer{status: 200, body: `{"status":"inProgress","csr":"` + csr + `"}`}
		v := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x, pending))})
		_, err := v.Merge(once(t), issuance.CertificateRequest{Name: nameIn(x), Hostnames: shop.Hostnames}, chain)
		if failure := asFailure(t, err); failure.Code != issuance.CodeVaultRefused || !strings.Contains(failure.Message, "does not match the public part") {
			t.Errorf("got %v", failure)
		}
	},
	"keyvault-disabled-secret-403": func(t *testing.T, x recorded.Exchange, _ recordedReply) {
		secret, err := newVault(t, keyvault.Config{Transport: redirect(t, replaying(x))}).Secret(nameIn(x))
		if err != nil {
			t.Fatal(err)
		}
		_, err = secret.Load(once(t))
		if failure := asFailure(t, err); failure.Code != issuance.CodeVaultAccessDenied || !strings.Contains(failure.Message, "is disabled. Enable") {
			t.Errorf("got %v", failure)
		}
	},
}

// ofRequest is the merged chain and an operation with its key.
func ofRequest(t *testing.T, x recorded.Exchange) ([][]byte, answer) {
	t.Helper()
	var body struct {
		Chain [][]byte `json:"x5c"`
	}
	if err := json.Unmarshal(x.Request.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body.Chain, answer{status: 200, body: string(recorded.Read(t, "keyvault-create-unknown-202").Reply.Body)}
}

func checkRead(t *testing.T, cert issuance.VaultCertificate, err error, want recordedReply) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(want.CER)
	if err != nil {
		t.Fatal(err)
	}
	if string(cert.Leaf) != string(want.CER) || !strings.HasSuffix(want.ID, "/"+cert.Version) || !cert.NotAfter.Equal(leaf.NotAfter) || !cert.Enabled {
		t.Errorf("read %s %v %v, want %s", cert.Version, cert.NotAfter, cert.Enabled, want.ID)
	}
}

func TestEveryRecordedReplyIsRead(t *testing.T) {
	t.Parallel()
	for _, x := range recorded.Exchanges(t, "keyvault-") {
		read := readings[x.Name]
		if read == nil {
			t.Errorf("nothing reads %s", x.Name)
			continue
		}
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			var want recordedReply
			if strings.HasPrefix(string(x.Reply.Body), "{") {
				if err := json.Unmarshal(x.Reply.Body, &want); err != nil {
					t.Fatal(err)
				}
			}
			read(t, x, want)
		})
	}
}
