package site

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// Cookie signs a person with the given roles in to the emulator, which believes
// what the cookie says: on Azure the platform makes, encrypts and checks it. The
// two built-in roles are added, since the emulator's route rules do not.
func Cookie(roles ...string) *http.Cookie {
	principal := map[string]any{
		"identityProvider": "aad",
		"userId":           "local",
		"userDetails":      "local@example.test",
		"userRoles":        append([]string{"anonymous", "authenticated"}, roles...),
		"claims":           []string{},
	}
	text, _ := json.Marshal(principal) // strings only: it cannot fail
	return &http.Cookie{Name: "StaticWebAppsAuthCookie", Value: base64.StdEncoding.EncodeToString(text), Path: "/"}
}
