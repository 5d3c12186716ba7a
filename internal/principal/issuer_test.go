package principal_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"certgate/internal/principal"
)

// issuer is an OpenID provider: a discovery document and a key set over TLS.
type issuer struct {
	t      testing.TB
	server *httptest.Server

	mu     sync.Mutex
	now    time.Time
	keys   []any // what the key set holds
	says   string
	down   bool
	asked  int // for the key set
	signer *ecdsa.PrivateKey
}

const audience = "api://certgate"

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.says, "jwks_uri": i.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": i.keys})
	})
	i.server = httptest.NewTLSServer(mux)
	t.Cleanup(i.server.Close)
	i.says = i.server.URL
	i.signer = i.publish("first")
	return i
}

// publish makes a new signing key the only one of the issuer.
func (i *issuer) publish(id string) *ecdsa.PrivateKey {
	key := newKey(i.t)
	i.set(func() {
		i.keys = []any{
			map[string]string{"kty": "unheard-of", "kid": "strange"},
			jose.JSONWebKey{Key: key.Public(), KeyID: id},
		}
	})
	return key
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) pass(d time.Duration) { i.set(func() { i.now = i.now.Add(d) }) }

func (i *issuer) timesAsked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// config takes this issuer's tokens.
func (i *issuer) config() principal.Config {
	return principal.Config{
		Tokens: principal.Tokens{Issuer: i.server.URL, Audience: audience, RolesClaim: "roles"},
		Client: i.server.Client(),
		Now: func() time.Time {
			i.mu.Lock()
			defer i.mu.Unlock()
			return i.now
		},
	}
}

type claims map[string]any

// claims are those of a good token of an operator, with some changed; nil
// removes one.
func (i *issuer) claims(changes claims) claims {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := claims{
		"iss": i.server.URL, "aud": audience, "sub": "pairwise", "oid": "0aa0", "preferred_username": "ann@example.com",
		"iat": i.now.Add(-time.Minute).Unix(), "nbf": i.now.Add(-time.Minute).Unix(), "exp": i.now.Add(time.Hour).Unix(),
		"roles": []string{"operator"},
	}
	for name, value := range changes {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}

// token signs the claims with the issuer's first key.
func (i *issuer) token(changes claims) string {
	return sign(i.t, jose.ES256, i.signer, "first", i.claims(changes))
}

func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, id string, payload claims) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, options)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// publicBytes is what somebody would use as the secret of an HMAC, hoping that
// the key's kind is not checked.
func publicBytes(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKey{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// request is a call with the given headers, name and value in turn.
func request(t testing.TB, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/instances", nil)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	return r
}
