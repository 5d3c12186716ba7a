package dnsapis

import (
	"net/http"
	"sync"

	"certgate/localstack/dnssim"
)

// ACMEDNS plays an acme-dns server with one registration, whose name is the zone's
// own: it holds the two values that came last.
func ACMEDNS(w *dnssim.World, zone, subdomain, username, password string) http.Handler {
	var mu sync.Mutex
	var slots []string // the oldest first
	mux := http.NewServeMux()
	mux.HandleFunc("POST /update", func(out http.ResponseWriter, r *http.Request) {
		var in struct{ Subdomain, TXT string }
		if !read(out, r, &in) {
			return
		}
		if r.Header.Get("X-Api-User") != username || r.Header.Get("X-Api-Key") != password || in.Subdomain != subdomain {
			answer(out, http.StatusUnauthorized, object{"error": "forbidden"})
			return
		}
		const textLength = 43 // a SHA-256 in base64url
		if len(in.TXT) != textLength {
			answer(out, http.StatusBadRequest, object{"error": "bad_txt"})
			return
		}
		z, _ := w.Lookup(zone)
		mu.Lock()
		defer mu.Unlock()
		slots = append(slots, in.TXT)
		slots = slots[max(0, len(slots)-2):]
		z.SetTXT(zone, 1, slots...)
		answer(out, http.StatusOK, object{"txt": in.TXT})
	})
	return mux
}
