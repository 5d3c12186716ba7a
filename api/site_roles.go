package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"certgate/internal/principal"
)

// SiteRole gives a role to people who have a claim with this value: the object id
// of an Entra group, or an app role.
type SiteRole struct {
	Value string
	Role  principal.Role
}

const (
	rolesPath = "/api/GetRoles"
	// maxRolesBody is enough for a token of 200 groups, which stands there twice: as
	// claims and as the access token.
	maxRolesBody = 256 << 10
)

// groupClaims are the claim types of Entra's groups and app roles, short as in
// tokens and long as the platform may write them.
var groupClaims = []string{
	"groups", "roles",
	"http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
}

// signedInPerson is what Static Web Apps sends when somebody has signed in. The
// access token in it is not read: nothing that is not kept can be shown.
type signedInPerson struct {
	IdentityProvider string `json:"identityProvider"`
	Claims           []struct {
		Type  string `json:"typ"`
		Value any    `json:"val"`
	} `json:"claims"`
}

// getRoles answers Static Web Apps, which asks for the roles of somebody who signs in
// (rolesSource in the site's configuration). The platform asks without a principal of
// its own. The answer is computed from the question and gives nobody anything: whoever
// else asks learns the role of a group whose id they knew.
func (s *server) getRoles(w http.ResponseWriter, r *http.Request) error {
	if len(s.siteRoles) == 0 {
		return nothingHere()
	}
	person, err := readPerson(w, r)
	if err != nil {
		return err
	}
	role := person.role(s.siteRoles)
	given := []principal.Role{}
	if role != principal.None {
		given = append(given, role)
	}
	s.log.InfoContext(r.Context(), "roles at sign-in", "provider", shortened(person.IdentityProvider), "role", string(role))
	writeJSON(w, http.StatusOK, map[string][]principal.Role{"roles": given})
	return nil
}

// readPerson is not strict about members: they are the platform's, which may add.
func readPerson(w http.ResponseWriter, r *http.Request) (signedInPerson, error) {
	raw, err := readBody(w, r, maxRolesBody, "Let tokens have fewer groups: those that are assigned to the application.")
	if err != nil {
		return signedInPerson{}, err
	}
	var person signedInPerson
	if len(strings.TrimSpace(string(raw))) == 0 {
		return person, problem(CodeBodyEmpty, "The request has no body, so it names nobody.", "Static Web Apps sends who has signed in.")
	}
	if json.Unmarshal(raw, &person) != nil { // whose error may quote the body
		return signedInPerson{}, problem(CodeBodyNotJSON, "The request body is not the JSON of somebody who has signed in.", "Static Web Apps sends who has signed in.")
	}
	return person, nil
}

// role is the highest that a claim gives. Only Entra's claims count: the ids of
// another provider's groups are anybody's to choose.
func (p signedInPerson) role(roles []SiteRole) principal.Role {
	highest := principal.None
	if !strings.EqualFold(p.IdentityProvider, "aad") {
		return highest
	}
	for _, c := range p.Claims {
		value, ok := c.Value.(string)
		if !ok || !slices.Contains(groupClaims, c.Type) {
			continue
		}
		for _, r := range roles {
			if strings.EqualFold(r.Value, value) && r.Role.Includes(highest) {
				highest = r.Role
			}
		}
	}
	return highest
}

// shortened keeps what an unknown caller sends from filling the log.
func shortened(s string) string {
	const limit = 32
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
