package principal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Tokens describes the bearer tokens to take.
type Tokens struct {
	Issuer     string // as in the token's iss, to the letter; its discovery document lies below it
	Audience   string // one of the token's aud
	RolesClaim string // holds the roles, as a list or as words
	// RequiredClaim, if it has a name, must be in every token with this value.
	RequiredClaim Claim
	// RequiredClaimRole is the role of a token that has RequiredClaim and names no
	// role itself; None for none.
	RequiredClaimRole Role
}

// Claim is a member of a token and its value, or one of its values.
type Claim struct{ Name, Value string }

// maxToken bounds a token before anything is decoded. Entra leaves groups out of
// tokens that would grow larger than headers may be.
const maxToken = 16 << 10

// algorithms are the asymmetric ones. A token may not choose "none", nor an HMAC
// keyed with a public key.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

type verifier struct {
	want   Tokens
	keys   *keys
	config oidc.Config
}

func newVerifier(c Config) *verifier {
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	v := &verifier{want: c.Tokens, keys: newKeys(c.Tokens.Issuer, c.Client, c.Now)}
	v.config = oidc.Config{ClientID: c.Tokens.Audience, Now: c.Now}
	for _, algorithm := range algorithms {
		v.config.SupportedSigningAlgs = append(v.config.SupportedSigningAlgs, string(algorithm))
	}
	return v
}

// principal checks a token: form, algorithm, key, signature, issuer, audience,
// times, required claim.
func (v *verifier) principal(ctx context.Context, raw string) (Principal, error) {
	refuse := func(reason string) (Principal, error) {
		return Principal{}, &Refused{Token: true, Reason: reason}
	}
	if len(raw) > maxToken {
		return refuse(fmt.Sprintf("The bearer token is longer than %d bytes.", maxToken))
	}
	signed, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return refuse("The bearer token is not a JWT that is signed with an accepted algorithm.")
	}
	kid := signed.Signatures[0].Header.KeyID
	key, err := v.keys.find(ctx, kid)
	if err != nil {
		return Principal{}, &Unavailable{Err: fmt.Errorf("keys of %s: %w", v.want.Issuer, err)}
	}
	if key == nil {
		return refuse("The bearer token is signed with a key that " + v.want.Issuer + " does not have.")
	}
	token, err := oidc.NewVerifier(v.want.Issuer, keySet(key), &v.config).Verify(ctx, raw)
	if err != nil {
		return refuse(v.explain(err, signed.UnsafePayloadWithoutVerification()))
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return refuse("The bearer token's claims are not a JSON object.")
	}
	if holder(claims) == "" {
		return refuse("The bearer token names nobody: it has none of the claims oid, sub, azp, appid and client_id.")
	}
	return v.admit(claims)
}

// admit gives a checked token its role.
func (v *verifier) admit(claims map[string]any) (Principal, error) {
	values := func(name string) []string { return texts(claims[name]) }
	return v.want.admit(Principal{Name: named("token", holder(claims)), Role: highest(values(v.want.RolesClaim))}, values)
}

// admit is the rule of RequiredClaim, whichever way the claims came. The error is
// *Denied.
func (t Tokens) admit(p Principal, values func(name string) []string) (Principal, error) {
	required := t.RequiredClaim
	if required.Name == "" {
		return p, nil
	}
	if !slices.Contains(values(required.Name), required.Value) {
		return Principal{}, &Denied{Name: p.Name, Reason: fmt.Sprintf("its token lacks the claim %s=%s", required.Name, required.Value)}
	}
	if p.Role == None {
		p.Role = t.RequiredClaimRole
	}
	return p, nil
}

// explain says what is wrong with a token that the library refused. Its claims
// are not to be trusted: they choose a sentence, nothing more.
func (v *verifier) explain(err error, payload []byte) string {
	var claims struct {
		Issuer   string `json:"iss"`
		Audience any    `json:"aud"`
	}
	var expired *oidc.TokenExpiredError
	switch broken := json.Unmarshal(payload, &claims); {
	case errors.As(err, &expired):
		return "The bearer token has expired."
	case broken != nil:
		return "The bearer token's claims cannot be read."
	case claims.Issuer != v.want.Issuer:
		return "The bearer token is not from the issuer " + v.want.Issuer + "."
	case !slices.Contains(texts(claims.Audience), v.want.Audience):
		return "The bearer token is not for the audience " + v.want.Audience + "."
	}
	return "The bearer token's signature does not fit, or its time has not come yet."
}

// holder names who a token is about: by an id that the holder cannot choose,
// with the user's name in front where there is one. "" without such an id.
func holder(claims map[string]any) string {
	text := func(names ...string) string {
		for _, name := range names {
			if s, _ := claims[name].(string); s != "" {
				return s
			}
		}
		return ""
	}
	id := text("oid", "sub", "azp", "appid", "client_id")
	if id == "" {
		return "" // any other name is anybody's to choose
	}
	if name := text("preferred_username", "upn", "email"); name != "" && name != id {
		return name + " (" + id + ")"
	}
	// In an app's own token azp (v2) or appid (v1) is the app, the rest is its
	// service principal.
	if app := text("azp", "appid"); app != "" && (text("idtyp") == "app" || text("oid") == text("sub")) {
		return "app " + app
	}
	return id
}

// texts reads a claim that is a list or a text of words (such as scp).
func texts(value any) (list []string) {
	switch value := value.(type) {
	case string:
		if words := strings.Fields(value); len(words) > 1 {
			list = words
		}
		return append(list, value)
	case bool, float64:
		return []string{fmt.Sprint(value)}
	case []any:
		for _, item := range value {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}
