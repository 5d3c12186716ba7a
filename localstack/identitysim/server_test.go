package identitysim_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"certgate/localstack/identitysim"
)

const vaultAudience = "https://vault.azure.net"

func TestManagedIdentityCredentialGetsATokenThatChecksForItsAudienceOnly(t *testing.T) {
	const client = "3c1d8d9e-6a5c-4a0e-9d3b-0b6c6f4a7f01"
	srv := identitysim.New(identitysim.Options{Header: "s3cret", ClientIDs: []string{client}})
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	t.Setenv("IDENTITY_ENDPOINT", ts.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "s3cret")

	cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(client)})
	if err != nil {
		t.Fatal(err)
	}
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{vaultAudience + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Check(token.Token, vaultAudience); err != nil {
		t.Errorf("token is not good for the vault: %v", err)
	}
	if err := srv.Check(token.Token, "https://management.azure.com"); !errors.Is(err, identitysim.ErrAudience) {
		t.Errorf("token for the vault is taken by another audience: %v", err)
	}
	if left := time.Until(token.ExpiresOn); left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("token lives %v, want about a day", left)
	}
}

func TestCheckRefusesWhatWasNotMadeHereOrIsOld(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	srv := identitysim.New(identitysim.Options{Lifetime: time.Hour, Now: func() time.Time { return now }})
	good := srv.Token(vaultAudience)
	at := strings.LastIndex(good, ".")
	payload, mac := good[:at], good[at+1:]
	for name, token := range map[string]string{
		"empty":                "",
		"no signature":         payload,
		"changed payload":      "x" + good,
		"another's signature":  payload + "." + mac[:len(mac)-2] + "AA",
		"made by another":      identitysim.New(identitysim.Options{}).Token(vaultAudience),
		"a word that is short": "fake_token",
	} {
		if err := srv.Check(token, vaultAudience); !errors.Is(err, identitysim.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := srv.Check(good, vaultAudience+"/"); err != nil {
		t.Errorf("a trailing slash changed the audience: %v", err)
	}
	now = now.Add(time.Hour)
	if err := srv.Check(good, vaultAudience); !errors.Is(err, identitysim.ErrExpired) {
		t.Errorf("an old token: got %v", err)
	}
}

func TestATokenIsAJWTThatNamesTheIdentity(t *testing.T) {
	t.Parallel()
	const client = "3c1d8d9e-6a5c-4a0e-9d3b-0b6c6f4a7f01"
	srv := identitysim.New(identitysim.Options{Header: "h"})
	seen := map[string]bool{}
	for _, ask := range []string{"", client} {
		req := httptest.NewRequest("GET", "/?api-version=2019-08-01&resource="+vaultAudience+"&client_id="+ask, nil)
		req.Header.Set("X-IDENTITY-HEADER", "h")
		rec := httptest.NewRecorder()
		srv.ServeHTTP(rec, req)
		var reply struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &reply); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(reply.Token, ".")
		if len(parts) != 3 {
			t.Fatalf("the token has %d parts", len(parts))
		}
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims struct{ Aud, Iss, AppID, OID, Sub, TID string }
		if err := json.Unmarshal(raw, &claims); err != nil {
			t.Fatal(err)
		}
		if claims.Aud != vaultAudience || claims.Iss != "https://sts.windows.net/"+identitysim.Tenant+"/" || claims.TID != identitysim.Tenant ||
			claims.OID == "" || claims.OID != claims.Sub || ask != "" && claims.AppID != ask || seen[claims.OID] {
			t.Errorf("claims for %q: %+v", ask, claims)
		}
		seen[claims.OID] = true
	}
}

func TestRequestsThatTheEndpointRefuses(t *testing.T) {
	t.Parallel()
	srv := identitysim.New(identitysim.Options{Header: "h", ClientIDs: []string{"one"}})
	const good = "/?resource=r&api-version=2019-08-01"
	for _, tc := range []struct {
		name, method, target, header string
		status                       int
	}{
		{"system-assigned", "GET", good, "h", 200},
		{"user-assigned, other case", "GET", good + "&client_id=ONE", "h", 200},
		{"unknown identity", "GET", good + "&client_id=two", "h", 400},
		{"wrong header", "GET", good, "x", 401},
		{"no header", "GET", good, "", 401},
		{"no resource", "GET", "/?api-version=2019-08-01", "h", 400},
		{"old version", "GET", "/?resource=r&api-version=2017-09-01", "h", 400},
		{"POST", "POST", good, "h", 405},
	} {
		req := httptest.NewRequest(tc.method, tc.target, nil)
		if tc.header != "" {
			req.Header.Set("X-IDENTITY-HEADER", tc.header)
		}
		rec := httptest.NewRecorder()
		srv.ServeHTTP(rec, req)
		if rec.Code != tc.status {
			t.Errorf("%s: status %d, want %d: %s", tc.name, rec.Code, tc.status, rec.Body)
		}
		if rec.Code != http.StatusOK && strings.Contains(rec.Body.String(), "access_token") {
			t.Errorf("%s: a refusal carries a token", tc.name)
		}
	}
}
