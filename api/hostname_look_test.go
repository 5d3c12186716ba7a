package api_test

import (
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance/managed"
	"certgate/internal/principal"
)

func TestOnlyHostnamesThatAreManagedAreLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages("shop.example.com", nil)
	w.manages("old.example.com", func(r *managed.Record) { r.Retired = true })
	w.manages("wild", func(r *managed.Record) { r.Name, r.Hostnames = "wildcard-example-net", []string{"*.example.net"} })
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"SHOP.example.com/look":                {status: http.StatusOK},
		"shop.example.com/look?gateway=eu":     {status: http.StatusOK},
		"a.example.net/look":                   {status: http.StatusOK},
		"shop.example.com/look?gateway=mars":   {http.StatusBadRequest, api.CodeGatewayNotKnown},
		"shop.example.com/look?path=/admin":    {http.StatusBadRequest, api.CodeQueryNotValid},
		"old.example.com/look":                 {http.StatusNotFound, api.CodeCertificateNotFound},
		"other.example.com/look":               {http.StatusNotFound, api.CodeCertificateNotFound},
		"a.b.example.net/look":                 {http.StatusNotFound, api.CodeCertificateNotFound},
		"169.254.169.254/look":                 {http.StatusBadRequest, api.CodeHostnameNotValid},
		"localhost/look":                       {http.StatusBadRequest, api.CodeHostnameNotValid},
		"*.example.net/look":                   {http.StatusBadRequest, api.CodeHostnameNotValid},
		"shop.example.com:8080/look":           {http.StatusBadRequest, api.CodeHostnameNotValid},
		"evil.example@shop.example.com/look":   {http.StatusBadRequest, api.CodeHostnameNotValid},
		"shop.example.com%2f@169.254.1.1/look": {http.StatusBadRequest, api.CodeHostnameNotValid},
	} {
		r := w.callWith("GET", "/api/hostnames/"+path, "", principal.Header, reader)
		if code, _ := r.body["code"].(string); r.status != want.status || code != want.code {
			t.Errorf("%s: %d %s, want %d %s", path, r.status, r.raw, want.status, want.code)
		}
	}
	if r := w.callWith("GET", "/api/hostnames/shop.example.com/look", ""); r.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", r.status)
	}
}

func TestALookSaysThatTheGatewayCannotBeFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages("shop.example.com", nil)
	w.gateway.away = true
	r := w.call("GET", "/api/hostnames/shop.example.com/look", "")
	if _, there := r.body["http"]; r.status != http.StatusOK || there || r.body["problem"] == nil || strings.Contains(r.raw, "ARM is away") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
