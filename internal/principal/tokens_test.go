package principal_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"certgate/internal/principal"
)

func TestAGoodTokenNamesItsHolderAndRole(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	signIn := principal.New(i.config())
	for _, c := range []struct {
		name    string
		changes claims
		who     string
		role    principal.Role
	}{
		{"a user", nil, "token:ann@example.com (0aa0)", principal.Operator},
		{"several audiences", claims{"aud": []string{"other", audience}}, "token:ann@example.com (0aa0)", principal.Operator},
		{"several roles", claims{"roles": []string{"Reader", "ADMIN", "Everyone"}}, "token:ann@example.com (0aa0)", principal.Admin},
		{"roles as words", claims{"roles": "reader access_as_user"}, "token:ann@example.com (0aa0)", principal.Reader},
		{"no roles", claims{"roles": nil}, "token:ann@example.com (0aa0)", principal.None},
		{"roles that are not ours", claims{"roles": []string{"administrator", "", "operators"}}, "token:ann@example.com (0aa0)", principal.None},
		{"roles of another type", claims{"roles": map[string]any{"admin": true}}, "token:ann@example.com (0aa0)", principal.None},
		{"a managed identity", claims{"preferred_username": nil, "sub": "0aa0", "azp": "apim-id"}, "token:app apim-id", principal.Operator},
		{"only an app", claims{"preferred_username": nil, "oid": nil, "sub": nil, "azp": "apim-id"}, "token:app apim-id", principal.Operator},
		{"only a client", claims{"preferred_username": nil, "oid": nil, "sub": nil, "client_id": "machine"}, "token:machine", principal.Operator},
		{"only a subject", claims{"preferred_username": nil, "oid": nil}, "token:pairwise", principal.Operator},
		{"a name to deceive", claims{"preferred_username": "ann\r\nadmin\u202e", "oid": strings.Repeat("x", 500)}, "token:annadmin (" + strings.Repeat("x", 143) + "…", principal.Operator},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := signIn.Principal(request(t, "Authorization", "bearer "+i.token(c.changes)))
			if err != nil || p.Name != c.who || p.Role != c.role || p.ByHeader {
				t.Errorf("%+v, %v, want %s %q", p, err, c.who, c.role)
			}
		})
	}
}

func TestATokenThatIsNotGoodIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	config := i.config()
	signIn := principal.New(config)
	at := func(d time.Duration) int64 { return config.Now().Add(d).Unix() }
	admin := i.claims(claims{"roles": []string{"admin"}})
	payload, err := json.Marshal(admin)
	if err != nil {
		t.Fatal(err)
	}
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	good := strings.Split(i.token(nil), ".")
	stranger := newKey(t)
	jwk, err := json.Marshal(jose.JSONWebKey{Key: stranger.Public(), KeyID: "first"})
	if err != nil {
		t.Fatal(err)
	}
	embedded := strings.Split(sign(t, jose.ES256, stranger, "first", admin), ".")
	embedded[0] = segment(`{"alg":"ES256","kid":"first","jwk":` + string(jwk) + `}`)
	for _, c := range []struct{ name, token, says string }{
		{"other issuer", i.token(claims{"iss": "https://evil.example"}), "not from the issuer"},
		{"issuer with a slash", i.token(claims{"iss": i.server.URL + "/"}), "not from the issuer"},
		{"no issuer", i.token(claims{"iss": nil}), "not from the issuer"},
		{"other audience", i.token(claims{"aud": "api://other"}), "not for the audience"},
		{"no audience", i.token(claims{"aud": nil}), "not for the audience"},
		{"expired", i.token(claims{"exp": at(-time.Second)}), "expired"},
		{"never expires", i.token(claims{"exp": nil}), "expired"},
		{"not yet", i.token(claims{"nbf": at(time.Hour)}), "time has not come"},
		{"of nobody", i.token(claims{"oid": nil, "sub": nil}), "names nobody"}, // preferred_username is anybody's to choose
		{"unknown key", sign(t, jose.ES256, stranger, "second", admin), "does not have"},
		{"no key id", sign(t, jose.ES256, i.signer, "", admin), "does not have"},
		{"a stranger's key under a known id", sign(t, jose.ES256, stranger, "first", admin), "does not fit"},
		{"brings its own key", strings.Join(embedded, "."), "does not fit"},
		{"other claims under a good signature", good[0] + "." + segment(string(payload)) + "." + good[2], "does not fit"},
		{"no signature", good[0] + "." + good[1] + ".", "does not fit"},
		{"alg none", segment(`{"alg":"none","kid":"first"}`) + "." + segment(string(payload)) + ".", "accepted algorithm"},
		{"alg None", segment(`{"alg":"None","kid":"first"}`) + "." + segment(string(payload)) + ".", "accepted algorithm"},
		{"alg HS256 with the public key", sign(t, jose.HS256, publicBytes(t, i.signer.Public()), "first", admin), "accepted algorithm"},
		{"JSON serialization", `{"payload":"` + good[1] + `","protected":"` + good[0] + `","signature":"` + good[2] + `"}`, "accepted algorithm"},
		{"not a token", "abc", "accepted algorithm"},
		{"huge", strings.Repeat("a", 17<<10), "longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := signIn.Principal(request(t, "Authorization", "Bearer "+c.token))
			var refused *principal.Refused
			if !errors.As(err, &refused) || !refused.Token || !strings.Contains(refused.Reason, c.says) {
				t.Errorf("%+v, %v, want a refusal that says %q", p, err, c.says)
			}
			if p != (principal.Principal{}) {
				t.Errorf("a refused caller got %+v", p)
			}
			if err != nil && len(c.token) > 3 && strings.Contains(err.Error(), c.token) {
				t.Errorf("the reason repeats the token: %v", err)
			}
		})
	}
}

func TestARequiredClaimKeepsOutAndMayGiveARole(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for _, c := range []struct {
		name    string
		gives   principal.Role
		changes claims
		role    principal.Role
		denied  bool
	}{
		{"has it and a role", principal.None, claims{"azp": "apim"}, principal.Operator, false},
		{"lacks it", principal.Admin, claims{"roles": []string{"admin"}}, principal.None, true},
		{"has another value", principal.Admin, claims{"azp": "apimx"}, principal.None, true},
		{"one of several values", principal.None, claims{"azp": []string{"x", "apim"}}, principal.Operator, false},
		{"has it and no role, which gives none", principal.None, claims{"azp": "apim", "roles": nil}, principal.None, false},
		{"has it and no role, which gives one", principal.Reader, claims{"azp": "apim", "roles": nil}, principal.Reader, false},
		{"its own role counts", principal.Reader, claims{"azp": "apim"}, principal.Operator, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := i.config()
			config.Tokens.RequiredClaim = principal.Claim{Name: "azp", Value: "apim"}
			config.Tokens.RequiredClaimRole = c.gives
			p, err := principal.New(config).Principal(request(t, "Authorization", "Bearer "+i.token(c.changes)))
			var denied *principal.Denied
			if errors.As(err, &denied) != c.denied || !c.denied && err != nil || p.Role != c.role {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestARotatedKeyIsFoundAndAWithdrawnOneForgotten(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	signIn := principal.New(i.config())
	call := func(token string) error {
		_, err := signIn.Principal(request(t, "Authorization", "Bearer "+token))
		return err
	}
	if n := i.timesAsked(); n != 0 {
		t.Errorf("the issuer was asked %d times before the first token", n)
	}
	for range 3 {
		if err := call(i.token(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if n := i.timesAsked(); n != 1 {
		t.Errorf("the issuer was asked %d times for three tokens of one key", n)
	}
	second := i.publish("second")
	rotated := sign(t, jose.ES256, second, "second", i.claims(nil))
	i.pass(31 * time.Second)
	if err := call(rotated); err != nil {
		t.Errorf("a token of the new key: %v", err)
	}
	if err := call(i.token(nil)); err == nil {
		t.Error("a token of the withdrawn key was taken")
	}

	// The other way round: nobody brings a new key, and the old one is withdrawn.
	old := sign(t, jose.ES256, second, "second", i.claims(claims{"exp": i.config().Now().Add(48 * time.Hour).Unix()}))
	i.publish("third")
	if err := call(old); err != nil {
		t.Errorf("within the hour: %v", err)
	}
	i.pass(time.Hour + time.Second)
	if err := call(old); err == nil {
		t.Error("a withdrawn key was still taken after an hour")
	}
}

func TestUnknownKeyIDsDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	signIn := principal.New(i.config())
	stranger := newKey(t)
	done := make(chan error)
	for n := range 50 {
		token := sign(t, jose.ES256, stranger, string(rune('a'+n)), i.claims(nil))
		go func() {
			_, err := signIn.Principal(request(t, "Authorization", "Bearer "+token))
			done <- err
		}()
	}
	for range 50 {
		var refused *principal.Refused
		if err := <-done; !errors.As(err, &refused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	for _, later := range []struct {
		pass time.Duration
		want int
	}{{29 * time.Second, 1}, {2 * time.Second, 2}, {0, 2}} {
		i.pass(later.pass)
		if _, err := signIn.Principal(request(t, "Authorization", "Bearer "+sign(t, jose.ES256, stranger, "z", i.claims(nil)))); err == nil {
			t.Error("a stranger's token was taken")
		}
		if n := i.timesAsked(); n != later.want {
			t.Errorf("the issuer was asked %d times, want %d", n, later.want)
		}
	}
}

func TestAnIssuerThatDoesNotAnswerIsNotTheCallersFault(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	signIn := principal.New(i.config())
	call := func(ctx context.Context, token string) error {
		_, err := signIn.Principal(request(t, "Authorization", "Bearer "+token).WithContext(ctx))
		return err
	}
	var unavailable *principal.Unavailable
	i.set(func() { i.down = true })
	for range 2 { // the second one is answered from memory
		if err := call(t.Context(), i.token(nil)); !errors.As(err, &unavailable) {
			t.Errorf("got %v, want Unavailable", err)
		}
	}
	i.set(func() { i.down = false })
	i.pass(31 * time.Second)
	if err := call(t.Context(), i.token(nil)); err != nil {
		t.Errorf("after it came back: %v", err)
	}
	// Keys that are known bridge a day without the issuer, and no more.
	i.set(func() { i.down = true })
	i.pass(23 * time.Hour)
	if err := call(t.Context(), i.token(nil)); err != nil {
		t.Errorf("a day without the issuer: %v", err)
	}
	i.pass(2 * time.Hour)
	if err := call(t.Context(), i.token(nil)); !errors.As(err, &unavailable) {
		t.Errorf("got %v, want Unavailable after more than a day", err)
	}
}

func TestAnIssuerThatNamesItselfDifferentlyIsNotBelieved(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.set(func() { i.says = "https://login.example/{tenantid}/v2.0" })
	_, err := principal.New(i.config()).Principal(request(t, "Authorization", "Bearer "+i.token(nil)))
	var unavailable *principal.Unavailable
	if !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "{tenantid}") {
		t.Errorf("got %v", err)
	}
}
