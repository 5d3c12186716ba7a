// Package principaltest stands in for the platform that signs people in.
package principaltest

import (
	"encoding/base64"
	"encoding/json"

	"certgate/internal/principal"
)

// ClientPrincipal is the value of principal.Header that Static Web Apps sends to
// its backend for a user with these roles.
func ClientPrincipal(provider, user string, roles ...principal.Role) string {
	names := []principal.Role{"anonymous", "authenticated"}
	raw, err := json.Marshal(map[string]any{
		"identityProvider": provider, "userId": "id-of-" + user, "userDetails": user, "userRoles": append(names, roles...),
	})
	if err != nil {
		panic(err) // strings always encode
	}
	return base64.StdEncoding.EncodeToString(raw)
}
