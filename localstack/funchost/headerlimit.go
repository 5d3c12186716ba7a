package funchost

import "net/http"

// maxHeader is what the header lines of a request may take together, with their ends:
// Kestrel's MaxRequestHeadersTotalSize, which the platform leaves as it is.
const maxHeader = 32 << 10

// limitHeaders answers 431 beyond, and ends the connection. net/http's own limit is
// blurred by 4 KiB.
func limitHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := len("Host: \r\n") + len(r.Host)
		for name, values := range r.Header {
			for _, value := range values {
				size += len(name) + len(": ") + len(value) + len("\r\n")
			}
		}
		if size > maxHeader {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestHeaderFieldsTooLarge)
			return
		}
		next.ServeHTTP(w, r)
	})
}
