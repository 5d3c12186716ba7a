package identitysim

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiVersion is the only version of the App Service endpoint that clients use.
const apiVersion = "2019-08-01"

// Options are the settings of a Server.
type Options struct {
	// Header is the secret that X-IDENTITY-HEADER must hold (IDENTITY_HEADER).
	Header string
	// ClientIDs are the user-assigned identities of the app. A request for
	// another one is refused; with none listed every identity is known.
	ClientIDs []string
	// Lifetime of a token (default 24 hours, as in App Service).
	Lifetime time.Duration
	// Now is the clock (default time.Now).
	Now func() time.Time
}

// ServeHTTP answers GET ?resource=…&api-version=2019-08-01[&client_id=…].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "only GET is answered")
		return
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("X-IDENTITY-HEADER")), []byte(s.header)) != 1:
		refuse(w, http.StatusUnauthorized, "X-IDENTITY-HEADER is missing or wrong")
		return
	case q.Get("api-version") != apiVersion:
		refuse(w, http.StatusBadRequest, "api-version must be "+apiVersion)
		return
	case q.Get("resource") == "":
		refuse(w, http.StatusBadRequest, "resource is missing")
		return
	case !s.known(q.Get("client_id")):
		refuse(w, http.StatusBadRequest, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
		return
	}
	token, expires := s.issue(q.Get("resource"), q.Get("client_id"))
	reply(w, http.StatusOK, map[string]string{
		"access_token": token,
		"expires_on":   strconv.FormatInt(expires.Unix(), 10),
		"resource":     q.Get("resource"),
		"token_type":   "Bearer",
		"client_id":    q.Get("client_id"),
	})
}

// known reports whether the identity is one of the app's; "" is the
// system-assigned one.
func (s *Server) known(clientID string) bool {
	return clientID == "" || len(s.clientIDs) == 0 ||
		slices.ContainsFunc(s.clientIDs, func(id string) bool { return strings.EqualFold(id, clientID) })
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"statusCode": status, "message": message})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
