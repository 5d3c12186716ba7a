package keyvault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func TestWhatACancelledFirstCertificateLeavesBehindIsUsedAgainAndIsNoCertificate(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	pendingCSR(t, v, shop)
	if err := v.DiscardPending(t.Context(), shop.Name, shop.Hostnames); err != nil {
		t.Fatal(err)
	}
	left, err := s.azure.GetCertificate(t.Context(), shop.Name, "", nil)
	if err != nil || *left.Attributes.Enabled || left.CER != nil {
		t.Fatalf("the simulator left %+v, %v", left.Certificate, err)
	}

	if _, err := v.Certificate(t.Context(), shop.Name); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("it was read as a certificate: %v", err)
	}
	if _, err := v.Version(t.Context(), shop.Name, left.ID.Version()); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("its version was read as one: %v", err)
	}
	for summary, err := range v.List(t.Context()) {
		t.Errorf("it is listed: %+v, %v", summary, err)
	}
	for managed, err := range v.Managed(t.Context()) {
		t.Errorf("it is managed: %+v, %v", managed, err)
	}
	// Two hostnames can meet in one name: what is empty keeps nobody out.
	other := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{"shop-example.com"}}
	cert, _ := s.issue(t, v, other)
	if cert.Tags["Hostname"] != "shop-example.com" {
		t.Errorf("tags %v", cert.Tags)
	}
	if _, err := v.PendingCSR(t.Context(), shop); !errors.Is(err, issuance.ErrNameTaken) {
		t.Errorf("a finished one: %v", err)
	}
}

func TestAnEmptyCertificateOfAnotherToolIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	s.pendingOf(t, shop.Name, "shop-example.com", map[string]*string{"Hostname": to.Ptr("shop-example.com")})
	if _, err := s.azure.DeleteCertificateOperation(t.Context(), shop.Name, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.vault(t).PendingCSR(t.Context(), shop); !errors.Is(err, issuance.ErrNameTaken) {
		t.Errorf("got %v", err)
	}
}

// forgetful is a vault whose create answers without a CSR, as some do.
func forgetful(csr string) *script {
	return &script{answers: map[string][]answer{
		createShop: {{status: 202, body: `{"status":"inProgress"}`}},
		"GET /certificates/shop-example-com/pending": {
			{status: 200, body: `{"status":"inProgress","issuer":{"name":"Unknown"}}`},
			{status: 200, body: fmt.Sprintf(`{"status":"inProgress","issuer":{"name":"Unknown"},"csr":%q}`, csr)}},
		"GET /certificates/shop-example-com/": {
			{status: 404, body: `{"error":{"code":"CertificateNotFound","message":"Not found."}}`},
			{status: 200, body: `{"attributes":{"enabled":false},"tags":{"Hostname":"shop.example.com","ManagedBy":"certgate"}}`}},
	}}
}

func TestACreateWithoutACSRIsFollowedByReadingTheOperation(t *testing.T) {
	t.Parallel()
	_, csr := selfSigned(t, "shop.example.com")
	service := forgetful(csr)
	v := newVault(t, keyvault.Config{Transport: redirect(t, service), KeyType: managed.ECP256})
	if _, err := v.PendingCSR(once(t), shop); !isLater(err) {
		t.Fatalf("while the key is made: %v", err)
	}
	got, err := v.PendingCSR(once(t), shop)
	if err != nil || base64.StdEncoding.EncodeToString(got) != csr {
		t.Errorf("CSR %d bytes, %v", len(got), err)
	}
	if n := len(service.bodies[createShop]); n != 1 {
		t.Errorf("%d versions were begun", n)
	}
}

func TestACertificateOfFifteenTagsKeepsWhatThereIsRoomFor(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	many := map[string]*string{"Hostname": to.Ptr("shop.example.com")}
	for i := range 14 {
		many[fmt.Sprintf("tag%02d", i)] = to.Ptr("theirs")
	}
	s.somebodyElse(t, shop.Name, many)
	cert, _ := s.issue(t, v, shop)
	if len(cert.Tags) != 15 || cert.Tags["ManagedBy"] != "certgate" || cert.Tags["tag12"] != "theirs" {
		t.Errorf("tags %v", cert.Tags)
	}
	if fmt.Sprint(cert.TagsLeftOut) != "[tag13]" {
		t.Errorf("left out %v", cert.TagsLeftOut)
	}
	pfx, _ := uploaded(t, s, "", "shop.example.com")
	imported, err := v.Import(t.Context(), shop, pfx, "")
	if err != nil || imported.Tags["Imported"] != "true" || fmt.Sprint(imported.TagsLeftOut) != "[tag12]" {
		t.Errorf("imported with %v, left out %v, %v", imported.Tags, imported.TagsLeftOut, err)
	}
}

func TestARefusalOverTheNetworkQuotesTheCallersAddress(t *testing.T) {
	t.Parallel()
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-ms-keyvault-network-info", "conn_type=Ipv4;addr=192.0.2.7;act_addr_fam=InterNetwork;")
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`{"error":{"code":"Forbidden","message":"Client address is not authorized.","innererror":{"code":"ForbiddenByFirewall"}}}`))
	})
	_, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Certificate(once(t), shop.Name)
	if failure := asFailure(t, err); !strings.Contains(failure.Message, "whose call came from 192.0.2.7.") {
		t.Errorf("message %q", failure.Message)
	}
}

func TestARenewalReadsWhatIsPendingBeforeItCreates(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	s.issue(t, v, shop)
	csr := pendingCSR(t, v, shop)
	before := s.Calls(createRoute)
	if !bytes.Equal(csr, pendingCSR(t, v, shop)) || s.Calls(createRoute) != before {
		t.Error("a second version was begun")
	}
}
