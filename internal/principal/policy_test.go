package principal_test

import (
	"encoding/xml"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/principal"
	"certgate/internal/settings"
)

// policy is deploy/apim/policy.xml, as far as it decides who gets in.
type policy struct {
	CORS struct {
		Credentials string   `xml:"allow-credentials,attr"`
		Origins     []string `xml:"allowed-origins>origin"`
		Methods     []string `xml:"allowed-methods>method"`
	} `xml:"inbound>cors"`
	JWT struct {
		Header  string `xml:"header-name,attr"`
		Scheme  string `xml:"require-scheme,attr"`
		Expires string `xml:"require-expiration-time,attr"`
		Signed  string `xml:"require-signed-tokens,attr"`
		Keys    struct {
			URL string `xml:"url,attr"`
		} `xml:"openid-config"`
		Audiences []string   `xml:"audiences>audience"`
		Issuers   []string   `xml:"issuers>issuer"`
		Required  []struct{} `xml:"required-claims>claim"`
	} `xml:"inbound>validate-jwt"`
	Limit struct {
		Calls  int    `xml:"calls,attr"`
		Period int    `xml:"renewal-period,attr"`
		Key    string `xml:"counter-key,attr"`
	} `xml:"inbound>rate-limit-by-key"`
	Forward struct {
		Buffer  string `xml:"buffer-response,attr"`
		Timeout int    `xml:"timeout,attr"`
	} `xml:"backend>forward-request"`
}

const policyFile = "../../deploy/apim/policy.xml"

var namedValue = regexp.MustCompile(`\{\{([^}]*)\}\}`)

// readPolicy reads it, with values in the place of their names.
func readPolicy(t *testing.T, values map[string]string) (p policy, names []string) {
	t.Helper()
	raw, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	text := namedValue.ReplaceAllStringFunc(string(raw), func(found string) string {
		name := strings.Trim(found, "{}")
		names = append(names, name)
		return values[name]
	})
	if err := xml.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p, names
}

// What the policy takes its values from are settings of certgate, or said in its docs; it lets
// one origin in and hands a stream on as it comes.
func TestThePolicyOfAPIManagementFitsTheSettings(t *testing.T) {
	t.Parallel()
	p, names := readPolicy(t, map[string]string{"JwtIssuer": "https://issuer.example", "JwtAudience": audience, "CallersOrigin": "https://portal.example.com", "AppAddress": "https://app.example"})
	docs, err := os.ReadFile("../../docs/in-front.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		known := slices.ContainsFunc(settings.All(), func(s settings.Setting) bool { return s.Name == name })
		if !known && name != "CallersOrigin" && name != "AppAddress" || !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("the policy has the value %s, which is no setting, or which docs/in-front.md does not know", name)
		}
	}
	if !slices.Contains(names, "JwtIssuer") || !slices.Contains(names, "JwtAudience") {
		t.Errorf("the policy takes %q", names)
	}
	if slices.Contains(p.CORS.Origins, "*") || len(p.CORS.Origins) != 1 || p.CORS.Credentials != "false" {
		t.Errorf("CORS lets in %+v", p.CORS)
	}
	if p.JWT.Header != "Authorization" || p.JWT.Scheme != "Bearer" || p.JWT.Keys.URL != "https://issuer.example/.well-known/openid-configuration" {
		t.Errorf("tokens are checked by %+v", p.JWT)
	}
	if p.Limit.Calls == 0 || p.Limit.Period == 0 || !strings.Contains(p.Limit.Key, "Subject") {
		t.Errorf("the limit is %+v", p.Limit)
	}
	if p.Forward.Buffer != "false" || p.Forward.Timeout < 230 {
		t.Errorf("a stream is handed on as %+v", p.Forward)
	}
}

// admits is the verdict of validate-jwt on claims that the issuer has signed.
func (p policy) admits(c claims, now time.Time) bool {
	issuer, _ := c["iss"].(string)
	expires, _ := c["exp"].(int64)
	begins, _ := c["nbf"].(int64)
	var audiences []string
	switch aud := c["aud"].(type) {
	case string:
		audiences = []string{aud}
	case []string:
		audiences = aud
	}
	return p.JWT.Signed == "true" && p.JWT.Expires == "true" && len(p.JWT.Required) == 0 &&
		slices.Contains(p.JWT.Issuers, issuer) && expires > now.Unix() && begins <= now.Unix() &&
		slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(p.JWT.Audiences, a) })
}

// Whom the policy lets through, the handler lets in; and nobody whom the handler would not
// know is let through.
func TestWhomThePolicyAdmitsTheHandlerAdmits(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	config := i.config()
	signIn := principal.New(config)
	p, _ := readPolicy(t, map[string]string{"JwtIssuer": config.Tokens.Issuer, "JwtAudience": config.Tokens.Audience})
	at := func(d time.Duration) int64 { return config.Now().Add(d).Unix() }
	for _, c := range []struct {
		name    string
		changes claims
		admits  bool
	}{
		{"a user", nil, true},
		{"several audiences", claims{"aud": []string{"other", audience}}, true},
		{"a managed identity", claims{"preferred_username": nil, "sub": "0aa0", "azp": "apim-id"}, true},
		{"no role", claims{"roles": nil}, true}, // the handler says 403 with the reason
		{"other issuer", claims{"iss": "https://evil.example"}, false},
		{"issuer with a slash", claims{"iss": config.Tokens.Issuer + "/"}, false},
		{"other audience", claims{"aud": "api://other"}, false},
		{"expired", claims{"exp": at(-time.Second)}, false},
		{"never expires", claims{"exp": nil}, false},
		{"not yet", claims{"nbf": at(time.Hour)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := signIn.Principal(request(t, "Authorization", "Bearer "+i.token(c.changes)))
			if got := p.admits(i.claims(c.changes), config.Now()); got != c.admits || got != (err == nil) {
				t.Errorf("the policy admits %t, want %t; the handler says %v", got, c.admits, err)
			}
		})
	}
}
