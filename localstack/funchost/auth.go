package funchost

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
)

// masterKeyHeader carries the key that opens /admin.
const masterKeyHeader = "x-functions-key"

// newMasterKey draws one.
func newMasterKey() string { return rand.Text() + rand.Text() }

// isAdmin tells the paths that the host keeps for itself.
func isAdmin(path string) bool { return strings.HasPrefix(strings.ToLower(path), "/admin/") }

// admits reports whether the request has the key, in its header or in ?code=; the
// header wins. Only /admin/host/ping needs none.
func admits(r *http.Request, master string) bool {
	given := r.Header.Get(masterKeyHeader)
	if given == "" {
		given = r.URL.Query().Get("code")
	}
	return strings.EqualFold(r.URL.Path, "/admin/host/ping") || subtle.ConstantTimeCompare([]byte(given), []byte(master)) == 1
}
