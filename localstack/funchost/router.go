package funchost

import (
	"net/http"
	"strconv"
)

// defaultBodyLimit is the platform's, in bytes; the setting
// FUNCTIONS_REQUEST_BODY_SIZE_LIMIT replaces it.
const defaultBodyLimit = 104857600

// router is the host's HTTP side. Functions are tried in the order of their
// names and the first whose route and method fit wins; there is no 405 and no
// ranking by how specific a route is.
type router struct {
	functions []function // sorted by name
	master    string
	proxy     *proxy
	admin     *admin
	throttle  throttle
	bodyLimit int64
	homepage  bool
}

func bodyLimit(s settings) int64 {
	if n, err := strconv.ParseInt(s.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"), 10, 64); err == nil && n > 0 {
		return n
	}
	return defaultBodyLimit
}

func (h *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > h.bodyLimit {
		w.WriteHeader(http.StatusInternalServerError) // the platform does not say 413
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, h.bodyLimit)
	path := r.URL.EscapedPath()
	if isAdmin(path) {
		if !admits(r, h.master) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.admin.ServeHTTP(w, r)
		return
	}
	for _, f := range h.functions {
		if f.http == nil || !f.http.allows(r.Method) || !f.http.template.matches(path) {
			continue
		}
		h.throttle.admit(w, r, func() { h.proxy.forward(w, r, f.name) })
		return
	}
	if path == "/" {
		h.home(w)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

// home is the page at / unless a function answers there.
func (h *router) home(w http.ResponseWriter) {
	if !h.homepage {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte("<!doctype html><html lang=\"en\"><title>Local Functions host</title><p>The local Functions host is running.</p></html>\n"))
}
