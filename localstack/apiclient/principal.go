package apiclient

import (
	"encoding/base64"
	"encoding/json"
)

// PrincipalHeader carries who calls, as Static Web Apps tells its backend.
const PrincipalHeader = "x-ms-client-principal"

// Principal is the value of PrincipalHeader for somebody with the roles.
func Principal(user string, roles ...string) string {
	raw, err := json.Marshal(map[string]any{
		"identityProvider": "aad", "userId": user, "userDetails": user + "@example.test",
		"userRoles": append([]string{"anonymous", "authenticated"}, roles...),
	})
	if err != nil {
		panic(err) // strings always encode
	}
	return base64.StdEncoding.EncodeToString(raw)
}
