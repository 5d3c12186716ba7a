package principal_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"

	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// FuzzClientPrincipal sends headers of any content. A role comes out only if the
// header, decoded by another reader, names that very role, and a name is fit for
// rows and logs.
func FuzzClientPrincipal(f *testing.F) {
	for _, seed := range []string{
		`{"identityProvider":"aad","userId":"u1","userDetails":"ann@example.com","userRoles":["anonymous","authenticated","operator"]}`,
		`{"auth_typ":"aad","name_typ":"mail","role_typ":"r","claims":[{"typ":"mail","val":"ann@example.com"},{"typ":"r","val":"admin"}]}`,
		`{"identityProvider":"aad","userDetails":"ann\r\n\u0000x","userRoles":["READER "]}`,
		`{"userRoles":["admin"]}`, `null`, `[]`, `{"claims":[null]}`, `{"auth_typ":"aad","claims":[{"typ":"","val":"admin"}]}`,
	} {
		f.Add(base64.StdEncoding.EncodeToString([]byte(seed)))
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(seed)))
	}
	f.Add(principaltest.ClientPrincipal("aad", "ann@example.com", principal.Admin))
	believing, doubting := principal.New(principal.Config{ClientPrincipal: true}), principal.New(principal.Config{})
	f.Fuzz(func(t *testing.T, value string) {
		if p, err := doubting.Principal(request(t, principal.Header, value)); err == nil {
			t.Fatalf("%q is believed as %+v where the platform does not set it", value, p)
		}
		p, err := believing.Principal(request(t, principal.Header, value))
		if err != nil {
			var refused *principal.Refused
			if !errors.As(err, &refused) || p != (principal.Principal{}) || len(refused.Reason) > 300 {
				t.Fatalf("%q: %+v, %v", value, p, err)
			}
			return
		}
		if p.Name == "" || len([]rune(p.Name)) > 160 || strings.ContainsFunc(p.Name, func(r rune) bool { return !unicode.IsPrint(r) }) || !p.ByHeader {
			t.Fatalf("%q: %+v", value, p)
		}
		if p.Role != principal.None && !namesRole(t, value, p.Role) {
			t.Fatalf("%q has the role %s that it does not name", value, p.Role)
		}
	})
}

// namesRole looks for a text that is the role anywhere in the header's JSON.
func namesRole(t *testing.T, value string, role principal.Role) bool {
	t.Helper()
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(value))
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(plain, "="))
	if err != nil {
		t.Fatalf("%q is taken and is not base64", value)
	}
	var any any
	if err := json.Unmarshal(raw, &any); err != nil {
		t.Fatalf("%q is taken and is not JSON", value)
	}
	return hasText(any, string(role))
}

func hasText(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.EqualFold(strings.TrimSpace(v), text)
	case []any:
		for _, e := range v {
			if hasText(e, text) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if hasText(e, text) {
				return true
			}
		}
	}
	return false
}

// fixedIssuer is the same in every process that takes part in fuzzing: its key
// and its signatures do not depend on chance.
type fixedIssuer struct{ key ed25519.PrivateKey }

const fixedURL = "https://issuer.example"

func (i fixedIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	var document any
	switch r.URL.String() {
	case fixedURL + "/.well-known/openid-configuration":
		document = map[string]any{"issuer": fixedURL, "jwks_uri": fixedURL + "/keys"}
	case fixedURL + "/keys":
		document = map[string]any{"keys": []any{jose.JSONWebKey{Key: i.key.Public(), KeyID: "first"}}}
	}
	raw, err := json.Marshal(document)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(raw)), Request: r}, err
}

// FuzzToken sends bearer tokens of any content to an installation that takes
// those of one issuer. Only what the issuer signed gets in, as who it is, and no
// refusal repeats the token.
func FuzzToken(f *testing.F) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	i := fixedIssuer{key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	own := claims{"iss": fixedURL, "aud": audience, "oid": "0aa0", "preferred_username": "ann@example.com", "exp": at.Add(time.Hour).Unix(), "roles": []string{"operator"}}
	raised := claims{"iss": fixedURL, "aud": audience, "oid": "0aa0", "exp": at.Add(time.Hour).Unix(), "roles": []string{"admin"}}
	good := sign(f, jose.EdDSA, i.key, "first", own)
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	rawRaised, err := json.Marshal(raised)
	if err != nil {
		f.Fatal(err)
	}
	pieces := strings.Split(good, ".")
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	for _, seed := range []string{
		good, good + "=", " " + good, "a.b.c", "",
		part(`{"alg":"none"}`) + "." + part(string(rawRaised)) + ".",
		pieces[0] + "." + part(string(rawRaised)) + "." + pieces[2],
		sign(f, jose.HS256, publicBytes(f, i.key.Public()), "first", raised),
		sign(f, jose.EdDSA, stranger, "first", raised),
		sign(f, jose.EdDSA, i.key, "second", own),
		part(`{"alg":"EdDSA","kid":"first","jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"}}`) + "." + part(string(rawRaised)) + "." + part("signature"),
		part(`{"alg":"EdDSA","kid":"first","crit":["b64"],"b64":false}`) + "..",
		`{"payload":"","signatures":[]}`,
	} {
		f.Add(seed)
	}
	signIn := principal.New(principal.Config{
		Tokens: principal.Tokens{Issuer: fixedURL, Audience: audience, RolesClaim: "roles"},
		Client: &http.Client{Transport: i}, Now: func() time.Time { return at },
	})
	if _, err := signIn.Principal(request(f, "Authorization", "Bearer "+good)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := signIn.Principal(request(t, "Authorization", "Bearer "+token))
		if err != nil {
			var refused *principal.Refused
			if !errors.As(err, &refused) || !refused.Token || p != (principal.Principal{}) {
				t.Fatalf("%q: %+v, %v", token, p, err)
			}
			if len(token) > 20 && strings.Contains(refused.Reason, token) {
				t.Fatalf("the refusal repeats the token: %s", refused.Reason)
			}
			return
		}
		// The signature covers the first two parts: they can only be the issuer's.
		if !strings.HasPrefix(strings.TrimSpace(token), pieces[0]+"."+pieces[1]+".") {
			t.Fatalf("a token that the issuer did not sign gets in: %q", token)
		}
		if p.Role != principal.Operator || p.Name != "token:ann@example.com (0aa0)" || p.ByHeader {
			t.Fatalf("%q came in as %+v", token, p)
		}
	})
}
