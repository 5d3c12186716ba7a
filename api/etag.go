package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// writeTagged writes a reply that callers ask for again and again. With
// If-None-Match it is 304 and empty as long as it would say the same (RFC 9110
// section 13.1.2): that saves the way, not the look.
func writeTagged(w http.ResponseWriter, r *http.Request, status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode reply: %w", err)
	}
	// The next page's token and the status belong to what is said.
	sum := sha256.Sum256(fmt.Appendf(raw[:len(raw):len(raw)], "\n%d %s", status, w.Header().Get("x-ms-continuation-token")))
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	for _, known := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == tag { // a proxy that compresses makes it weak
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n'))
	return nil
}
