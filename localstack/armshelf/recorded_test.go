package armshelf_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"certgate/internal/delivery/target"
	"certgate/localstack/armshelf"
	"certgate/localstack/recorded"
	"certgate/localstack/vaultsim/bundle"
)

// vault has one certificate, under every name.
type vault struct{ value string }

func newVault(t *testing.T) vault {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	value, err := bundle.EncodePFX(bundle.Bundle{Key: key, Certificates: []*x509.Certificate{leaf}})
	if err != nil {
		t.Fatal(err)
	}
	return vault{value}
}

func (v vault) ReadSecret(context.Context, string) (value, contentType string, err error) {
	return v.value, bundle.TypePFX, nil
}

// The members that certgate reads and the headers that it follows are those of the
// services, and what certgate makes of a recorded reply is right.
func TestRepliesHaveWhatTheServicesAnswered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		recording, options string
		paths              []string
	}{
		{recording: "appservice-certificate-put-200", options: `"kind":"appservice","location":"westeurope","plan":%q`, paths: []string{"thumbprint", "keyVaultId", "keyVaultSecretName", "serverFarmId", "valid", "subjectName", "hostNames", "issueDate", "expirationDate"}},
		{recording: "containerapps-certificate-put-200", options: `"kind":"containerapps","location":"westeurope","environment":%q`, paths: []string{"thumbprint", "provisioningState", "valid", "subjectName", "subjectAlternativeNames", "issueDate", "expirationDate", "certificateType", "certificateKeyVaultProperties"}},
		{recording: "webpubsub-customcertificate-put-201", options: `"kind":"webpubsub","service":%q`, paths: []string{"provisioningState", "keyVaultBaseUri", "keyVaultSecretName", "keyVaultSecretVersion"}},
	} {
		t.Run(c.recording, func(t *testing.T) {
			t.Parallel()
			x := recorded.Read(t, c.recording)
			address, err := url.Parse(x.Request.URL)
			if err != nil {
				t.Fatal(err)
			}
			var asked struct{ Properties map[string]any }
			var told struct{ Properties map[string]any }
			if err := json.Unmarshal(x.Request.Body, &asked); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(x.Reply.Body, &told); err != nil {
				t.Fatal(err)
			}
			parent, _ := asked.Properties["serverFarmId"].(string)
			for _, collection := range []string{"/certificates/", "/customCertificates/"} {
				if before, _, ok := strings.Cut(address.Path, collection); ok && parent == "" {
					parent = before
				}
			}
			shelf := armshelf.New(armshelf.Options{Secrets: newVault(t)})
			shelf.AddParent(parent)
			reply := httptest.NewRecorder()
			shelf.ServeHTTP(reply, httptest.NewRequest(http.MethodPut, address.RequestURI(), bytes.NewReader(x.Request.Body)))
			var got struct{ Properties map[string]any }
			if err := json.Unmarshal(reply.Body.Bytes(), &got); err != nil || reply.Code != x.Reply.Status {
				t.Fatalf("the shelf answers %d, recorded is %d: %s", reply.Code, x.Reply.Status, reply.Body)
			}
			for _, member := range c.paths {
				want, recordedOne := told.Properties[member]
				have, there := got.Properties[member]
				if there != recordedOne || fmt.Sprintf("%T", have) != fmt.Sprintf("%T", want) {
					t.Errorf("%s is %T, recorded is %T", member, have, want)
				}
			}
			for _, header := range []string{"Azure-AsyncOperation", "Location", "Retry-After"} {
				if (reply.Header().Get(header) == "") != (x.Reply.Header().Get(header) == "") {
					t.Errorf("%s is %q, recorded is %q", header, reply.Header().Get(header), x.Reply.Header().Get(header))
				}
			}
			list, err := target.Read(`{"edge":{"for":["*"],` + fmt.Sprintf(c.options, parent) + `}}`)
			if err != nil {
				t.Fatal(err)
			}
			thumbprint, _ := told.Properties["thumbprint"].(string)
			stands := list[0].Resource.Stands(x.Reply.Body, target.Pushed{Thumbprint: strings.ToLower(thumbprint), Version: "v1"})
			if busy := c.recording == "webpubsub-customcertificate-put-201"; stands.Busy != busy || stands.Done == busy || stands.Fault != "" {
				t.Errorf("certgate makes %+v of the recorded reply", stands)
			}
		})
	}
}
