package api

import (
	"net/http"

	"certgate/internal/principal"
)

// getMe tells a caller as whom the API knows it. Pages ask where the platform
// does not say: App Service without a token store has no /.auth/me.
func (s *server) getMe(w http.ResponseWriter, r *http.Request) error {
	p := principal.FromContext(r.Context())
	writeJSON(w, http.StatusOK, struct {
		Name string         `json:"name"`
		Role principal.Role `json:"role"`
	}{p.Name, p.Role})
	return nil
}
