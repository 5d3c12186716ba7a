package settings

import (
	"errors"
	"slices"
	"strings"
)

// platformSignIn is what App Service sets where its authentication is on, a
// linked Static Web App included: then it removes a caller's own
// x-ms-client-principal.
const platformSignIn = "WEBSITE_AUTH_ENABLED"

func signInSettings() []Setting {
	return []Setting{
		{Name: platformSignIn, Example: "true",
			Meaning: "whether App Service authentication is on, so that `x-ms-client-principal` is believed; the platform sets it, nobody else should", read: func(s *Settings, v string) error {
				// Whatever else the platform may write there means no.
				s.SignIn.ClientPrincipal = s.SignIn.ClientPrincipal || strings.EqualFold(v, "true")
				return nil
			}},
		{Name: "TrustClientPrincipalHeader", Default: "false", Example: "false", Choices: []string{"true", "false"},
			Meaning: "believe `x-ms-client-principal` on a developer's machine; refused in Azure", read: func(s *Settings, v string) error {
				s.SignIn.ClientPrincipal = s.SignIn.ClientPrincipal || v == "true"
				return nil
			}},
		{Name: "JwtIssuer", Example: "https://login.microsoftonline.com/" + exampleGUID + "/v2.0",
			Meaning: "issuer of the bearer tokens to take, as in their `iss` to the letter; without it none are taken", read: into(func(s *Settings) *string { return &s.SignIn.Issuer }, issuer)},
		{Name: "JwtAudience", Example: "api://certgate",
			Meaning: "audience of those tokens, as in their `aud`", read: into(func(s *Settings) *string { return &s.SignIn.Audience }, anyText)},
		{Name: "JwtRolesClaim", Default: "roles", Example: "roles",
			Meaning: "claim of those tokens that holds reader, operator or admin", read: into(func(s *Settings) *string { return &s.SignIn.RolesClaim }, anyText)},
		{Name: "JwtRequiredClaim", Example: "azp=" + exampleGUID,
			Meaning: "claim and value that each of those tokens must have, beside all other checks", read: into(func(s *Settings) *string { return &s.SignIn.RequiredClaim }, claim)},
		{Name: "JwtRequiredClaimRole", Example: "operator", Choices: []string{"reader", "operator", "admin"},
			Meaning: "role of a token that has `JwtRequiredClaim` and names no role itself; without it none", read: into(func(s *Settings) *string { return &s.SignIn.RequiredClaimRole }, anyText)},
		{Name: "SiteRoles", Example: exampleGUID + "=admin,certgate.Operator=operator",
			Meaning: "roles of people on the web site by their Entra groups (object id) or app roles, a comma list of value=role; turns on `POST /api/GetRoles`, which the site's configuration must then name", read: into(func(s *Settings) *[]SiteRole { return &s.SignIn.SiteRoles }, siteRoles)},
	}
}

// issuer checks a JWT issuer. Those of Entra that stand for many tenants are not
// the iss of any token.
func issuer(v string) (string, error) {
	u, err := absolute(v)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "https":
		return "", errors.New("is not an https URL")
	case u.RawQuery != "":
		return "", errors.New("has a query, which does not belong there")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		return "", errors.New("is the discovery document; the issuer is what stands before /.well-known")
	}
	for _, part := range strings.Split(u.Path, "/") {
		if slices.Contains([]string{"common", "organizations", "consumers", "{tenantid}"}, part) {
			return "", errors.New("stands for any tenant, and must name one")
		}
	}
	return v, nil
}

func claim(v string) (string, error) {
	if name, value, ok := strings.Cut(v, "="); !ok || strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "" {
		return "", errors.New("is not a claim and its value (name=value)")
	}
	return v, nil
}

// finishSignIn refuses the local switch in Azure: without the platform's
// authentication in front, it would make anybody an admin.
func (s *Settings) finishSignIn(values map[string]string) Faults {
	if !s.InAzure || !strings.EqualFold(values["TrustClientPrincipalHeader"], "true") || strings.EqualFold(values[platformSignIn], "true") {
		return nil
	}
	return Faults{{Setting: "TrustClientPrincipalHeader", Problem: "is true in Azure, where authentication of the Function app is off: anybody could be an admin",
		Fix: "Remove it, and turn on authentication (link the Static Web App) or set JwtIssuer and JwtAudience."}}
}

func (s SignIn) notes(values map[string]string) (out []string) {
	if s.ClientPrincipal && !strings.EqualFold(values[platformSignIn], "true") {
		out = append(out, "TrustClientPrincipalHeader is true: whoever reaches this port can be anybody.")
	}
	if !s.ClientPrincipal && s.Issuer == "" {
		out = append(out, "No sign-in is set up, so every call but GET /api/health is refused: turn on authentication of the Function app (link the Static Web App), or set JwtIssuer and JwtAudience.")
	}
	return out
}
