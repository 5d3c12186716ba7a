package principal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// FuzzKeySet reads key sets of any content: what comes out are public keys for
// signatures, each under its own id, and never a secret that an HMAC could use.
func FuzzKeySet(f *testing.F) {
	public := jose.JSONWebKey{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public(), KeyID: "k", Use: "sig"}
	raw, err := json.Marshal(public)
	if err != nil {
		f.Fatal(err)
	}
	private, err := json.Marshal(jose.JSONWebKey{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), KeyID: "p"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"keys":[` + string(raw) + `]}`))
	f.Add([]byte(`{"keys":[` + string(private) + `,` + string(raw) + `]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0"},` + string(raw) + `,null,1]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"e","x":"AA","y":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB","use":"enc"}]}`))
	f.Add([]byte(`{"keys":{}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		known, err := readKeys(bytes.NewReader(document))
		if err != nil {
			if known != nil {
				t.Fatalf("%q gives keys and %v", document, err)
			}
			return
		}
		if len(known) == 0 {
			t.Fatalf("%q gives no keys and no error", document)
		}
		for id, key := range known {
			if id == "" || id != key.KeyID || !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
				t.Fatalf("%q gives %q: %+v", document, id, key)
			}
			if _, symmetric := key.Key.([]byte); symmetric {
				t.Fatalf("%q gives a symmetric key", document)
			}
		}
	})
}
