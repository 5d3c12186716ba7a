package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/dnsproviders"
)

// decode reads a secret in JSON, with these members at least and none that is not
// known. Its errors name members, never what they hold.
func decode(secret string, into any, needed ...string) error {
	if strings.TrimSpace(secret) == "" {
		return fmt.Errorf("the secret is missing; it is JSON with %s", strings.Join(needed, ", "))
	}
	d := json.NewDecoder(strings.NewReader(secret))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if member, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return fmt.Errorf("the secret has a member %s that is not known; it is JSON with %s", member, strings.Join(needed, ", "))
		}
		return fmt.Errorf("the secret is not JSON with %s", strings.Join(needed, ", ")) // the parser's words may quote it
	}
	for _, name := range needed {
		if v := member(secret, name); !v.Exists() || v.Type == gjson.String && v.String() == "" {
			return fmt.Errorf("the secret has no %s; it is JSON with %s", name, strings.Join(needed, ", "))
		}
	}
	return nil
}

// member finds one as encoding/json does: whatever its case.
func member(secret, name string) (found gjson.Result) {
	gjson.Parse(secret).ForEach(func(key, value gjson.Result) bool {
		if strings.EqualFold(key.String(), name) {
			found = value
		}
		return true
	})
	return found
}

// withToken opens a provider whose credentials are one token, given alone or as
// {"token": "…"}.
func withToken(open func(token string, t Tools) (dnsproviders.Account, error)) func(Entry, Tools) (dnsproviders.Account, error) {
	return func(e Entry, t Tools) (dnsproviders.Account, error) {
		token := strings.TrimSpace(e.Secret)
		if strings.HasPrefix(token, "{") {
			var s struct{ Token string }
			if err := decode(e.Secret, &s, "token"); err != nil {
				return nil, err
			}
			token = s.Token
		}
		switch {
		case token == "":
			return nil, errors.New("the secret is missing; it is the API token")
		case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
			return nil, errors.New("the secret is not an API token: it has spaces, line breaks or other characters that no token has")
		}
		return open(token, t)
	}
}
