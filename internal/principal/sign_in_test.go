package principal_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestTheTwoShapesOfTheHeaderAreRead(t *testing.T) {
	t.Parallel()
	signIn := principal.New(principal.Config{ClientPrincipal: true})
	const v1Role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	for _, c := range []struct {
		name, json, who string
		role            principal.Role
	}{
		{"Static Web Apps", `{"identityProvider":"aad","userId":"u1","userDetails":"ann@example.com","userRoles":["anonymous","authenticated","operator"]}`, "aad:ann@example.com", principal.Operator},
		{"Static Web Apps, several roles", `{"identityProvider":"github","userId":"u1","userDetails":"ann","userRoles":["Reader","Admin"]}`, "github:ann", principal.Admin},
		{"Static Web Apps, none of our roles", `{"identityProvider":"aad","userId":"u1","userDetails":"ann@example.com","userRoles":["anonymous","authenticated"]}`, "aad:ann@example.com", principal.None},
		{"Static Web Apps, no details", `{"identityProvider":"aad","userId":"u1","userRoles":["reader"]}`, "aad:u1", principal.Reader},
		{"Easy Auth", `{"auth_typ":"aad","name_typ":"mail","role_typ":"r","claims":[{"typ":"mail","val":"ann@example.com"},{"typ":"r","val":"admin"}]}`, "aad:ann@example.com", principal.Admin},
		{"Easy Auth, roles of version 2", `{"auth_typ":"aad","name_typ":"none","role_typ":"none","claims":[{"typ":"preferred_username","val":"ann@example.com"},{"typ":"roles","val":"reader"},{"typ":"roles","val":"operator"}]}`, "aad:ann@example.com", principal.Operator},
		{"Easy Auth, roles of version 1", `{"auth_typ":"aad","claims":[{"typ":"sub","val":"s1"},{"typ":"` + v1Role + `","val":"reader"}]}`, "aad:s1", principal.Reader},
		{"Easy Auth with members of the other shape", `{"auth_typ":"aad","userRoles":["admin"],"claims":[{"typ":"sub","val":"s1"},{"typ":"","val":"admin"}]}`, "aad:s1", principal.None},
		{"control characters", `{"identityProvider":"aad","userDetails":"ann\r\n\u0000x","userRoles":["reader"]}`, "aad:annx", principal.Reader},
		{"a long name", `{"identityProvider":"aad","userDetails":"` + strings.Repeat("é", 400) + `","userRoles":[]}`, "aad:" + strings.Repeat("é", 155) + "…", principal.None},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := signIn.Principal(request(t, "X-MS-CLIENT-PRINCIPAL", encode(c.json)))
			if err != nil || p.Name != c.who || p.Role != c.role || !p.ByHeader {
				t.Errorf("%+v, %v, want %s %q", p, err, c.who, c.role)
			}
		})
	}
}

func TestNobodyIsWhoTheyOnlySayTheyAre(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	tokens := i.config()
	header := principal.Config{ClientPrincipal: true}
	admin := principaltest.ClientPrincipal("aad", "ann@example.com", principal.Admin)
	visitor := encode(`{"identityProvider":"","userId":"","userDetails":"","userRoles":["anonymous","admin"]}`)
	for _, c := range []struct {
		name    string
		config  principal.Config
		headers []string
		says    string
	}{
		{"no headers", header, nil, "nothing about who"},
		{"a forged header where the platform does not set it", principal.Config{}, []string{principal.Header, admin}, "not believed"},
		{"a forged header where tokens are taken", tokens, []string{principal.Header, admin}, "not believed"},
		{"a forged header beside a bad token", tokens, []string{principal.Header, admin, "Authorization", "Bearer abc"}, "JWT"},
		{"two headers", header, []string{principal.Header, admin, principal.Header, admin}, "more than once"},
		{"two headers in one", header, []string{principal.Header, admin + "," + admin}, "not base64"},
		{"not base64", header, []string{principal.Header, "{}"}, "not base64"},
		{"not JSON", header, []string{principal.Header, encode("admin")}, "not the JSON"},
		{"an empty header", header, []string{principal.Header, ""}, "not the JSON"},
		{"a visitor of Static Web Apps", header, []string{principal.Header, visitor}, "nothing about who"},
		{"Easy Auth without a user", header, []string{principal.Header, encode(`{"auth_typ":"aad","claims":[{"typ":"roles","val":"admin"}]}`)}, "nothing about who"},
		{"the other headers of Easy Auth", header, []string{"x-ms-client-principal-name", "ann@example.com", "x-ms-client-principal-id", "1"}, "nothing about who"},
		{"a token where none are taken", header, []string{"Authorization", "Bearer " + i.token(nil)}, "JwtIssuer"},
		{"a password", tokens, []string{"Authorization", "Basic YTpi"}, "not one bearer token"},
		{"a scheme alone", tokens, []string{"Authorization", "Bearer"}, "not one bearer token"},
		{"two tokens", tokens, []string{"Authorization", "Bearer " + i.token(nil), "Authorization", "Bearer " + i.token(nil)}, "not one bearer token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := principal.New(c.config).Principal(request(t, c.headers...))
			var refused *principal.Refused
			if !errors.As(err, &refused) || !strings.Contains(refused.Reason, c.says) || p != (principal.Principal{}) {
				t.Errorf("%+v, %v, want a refusal that says %q", p, err, c.says)
			}
		})
	}
}

// Easy Auth checks a bearer token and passes its claims on in the header, so a token
// that JwtRequiredClaim keeps out must not get in that way.
func TestTheRulesForTokensHoldWhereThePlatformChecksThem(t *testing.T) {
	t.Parallel()
	const longRole = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	const tenant = "http://schemas.microsoft.com/identity/claims/tenantid"
	easyAuth := func(claims string) string {
		return encode(`{"auth_typ":"aad","name_typ":"none","role_typ":"` + longRole + `","claims":[{"typ":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier","val":"s1"}` + claims + `]}`)
	}
	rules := principal.Tokens{Issuer: "https://issuer.example", Audience: audience, RolesClaim: "app_roles",
		RequiredClaim: principal.Claim{Name: "azp", Value: "deployer"}, RequiredClaimRole: principal.Operator}
	byTenant := rules
	byTenant.RequiredClaim = principal.Claim{Name: "tid", Value: "ours"}
	for _, c := range []struct {
		name, header string
		rules        principal.Tokens
		role         principal.Role // None: kept out
	}{
		{"the claim, no role of its own", easyAuth(`,{"typ":"azp","val":"deployer"}`), rules, principal.Operator},
		{"the claim and a role", easyAuth(`,{"typ":"azp","val":"deployer"},{"typ":"` + longRole + `","val":"admin"}`), rules, principal.Admin},
		{"the claim and a role in JwtRolesClaim", easyAuth(`,{"typ":"azp","val":"deployer"},{"typ":"app_roles","val":"reader"}`), rules, principal.Reader},
		{"the claim under the platform's name for it", easyAuth(`,{"typ":"` + tenant + `","val":"ours"}`), byTenant, principal.Operator},
		{"a role without the claim", easyAuth(`,{"typ":"` + longRole + `","val":"admin"}`), rules, principal.None},
		{"another value of the claim", easyAuth(`,{"typ":"azp","val":"stranger"},{"typ":"roles","val":"admin"}`), rules, principal.None},
		{"another tenant", easyAuth(`,{"typ":"` + tenant + `","val":"theirs"},{"typ":"roles","val":"admin"}`), byTenant, principal.None},
		{"the value in another claim", easyAuth(`,{"typ":"appid","val":"deployer"}`), rules, principal.None},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := principal.New(principal.Config{ClientPrincipal: true, Tokens: c.rules}).Principal(request(t, principal.Header, c.header))
			if c.role == principal.None {
				var denied *principal.Denied
				if !errors.As(err, &denied) || p != (principal.Principal{}) || denied.Name != "aad:s1" {
					t.Errorf("%+v, %v, want it kept out", p, err)
				}
				return
			}
			if err != nil || p.Role != c.role || p.Name != "aad:s1" {
				t.Errorf("%+v, %v, want %s", p, err, c.role)
			}
		})
	}
	// People of a linked Static Web App have no token, and the rule is not about them.
	ann := principaltest.ClientPrincipal("aad", "ann@example.com", principal.Reader)
	if p, err := principal.New(principal.Config{ClientPrincipal: true, Tokens: rules}).Principal(request(t, principal.Header, ann)); err != nil || p.Role != principal.Reader {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestABelievedHeaderWinsOverTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	config := i.config()
	config.ClientPrincipal = true
	signIn := principal.New(config)
	ann := principaltest.ClientPrincipal("aad", "ann@example.com", principal.Reader)
	token := "Bearer " + i.token(claims{"preferred_username": nil, "roles": []string{"admin"}})
	for _, c := range []struct {
		name    string
		headers []string
		who     string
	}{
		{"the platform's own token beside it", []string{principal.Header, ann, "Authorization", "Bearer not-a-jwt"}, "aad:ann@example.com"},
		{"a good token beside it", []string{principal.Header, ann, "Authorization", token}, "aad:ann@example.com"},
		{"no header, own token", []string{"Authorization", token}, "token:0aa0"},
		{"no header, own token past the platform's", []string{"Authorization", "Bearer not-a-jwt", principal.TokenHeader, token}, "token:0aa0"},
		{"a visitor with an own token", []string{principal.Header, encode(`{"userRoles":["anonymous"]}`), principal.TokenHeader, token}, "token:0aa0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if p, err := signIn.Principal(request(t, c.headers...)); err != nil || p.Name != c.who {
				t.Errorf("%+v, %v, want %s", p, err, c.who)
			}
		})
	}
}

func TestEachRoleIncludesTheOnesBelow(t *testing.T) {
	t.Parallel()
	roles := append([]principal.Role{principal.None}, principal.Roles()...)
	for have, role := range roles {
		for need, needed := range roles {
			if role.Includes(needed) != (have >= need) {
				t.Errorf("%q includes %q: %t", role, needed, have < need)
			}
		}
	}
	if principal.Role("root").Includes(principal.Reader) {
		t.Error("an unknown role includes reader")
	}
}
