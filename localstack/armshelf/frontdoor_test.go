package armshelf_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
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

// Front Door answers at once, and what it has read stands among the parameters.
func TestFrontDoorAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
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
	x := recorded.Read(t, "frontdoor-secret-create-201")
	address, err := url.Parse(x.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	profile, _, _ := strings.Cut(address.Path, "/secrets/")
	shelf := armshelf.New(armshelf.Options{Secrets: vault{value}})
	shelf.AddParent(profile)
	reply := httptest.NewRecorder()
	shelf.ServeHTTP(reply, httptest.NewRequest(http.MethodPut, address.RequestURI(), bytes.NewReader(x.Request.Body)))
	type body struct {
		ID         string
		Properties struct {
			Parameters                          map[string]any
			ProvisioningState, DeploymentStatus string
		}
	}
	var got, want body
	if err := json.Unmarshal(reply.Body.Bytes(), &got); err != nil || reply.Code != x.Reply.Status || reply.Header().Get("Azure-AsyncOperation") != "" {
		t.Fatalf("the shelf answers %d %s", reply.Code, reply.Body)
	}
	if err := json.Unmarshal(x.Reply.Body, &want); err != nil {
		t.Fatal(err)
	}
	if got.ID != want.ID || got.Properties.ProvisioningState != want.Properties.ProvisioningState || got.Properties.DeploymentStatus != want.Properties.DeploymentStatus {
		t.Errorf("the shelf tells %+v, recorded is %+v", got, want)
	}
	for member, value := range want.Properties.Parameters {
		if have, there := got.Properties.Parameters[member]; !there || fmt.Sprintf("%T", have) != fmt.Sprintf("%T", value) {
			t.Errorf("%s is %T, recorded is %T", member, have, value)
		}
	}
	list, err := target.Read(fmt.Sprintf(`{"edge":{"kind":"frontdoor","for":["*"],"profile":%q}}`, profile))
	if err != nil {
		t.Fatal(err)
	}
	thumbprint, _ := want.Properties.Parameters["thumbprint"].(string)
	if stands := list[0].Resource.Stands(x.Reply.Body, target.Pushed{Thumbprint: strings.ToLower(thumbprint)}); !stands.Done {
		t.Errorf("certgate makes %+v of the recorded reply", stands)
	}
}
