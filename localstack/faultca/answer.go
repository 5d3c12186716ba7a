package faultca

import (
	"bytes"
	"maps"
	"net/http"
)

// answer is a whole reply of the CA. It is kept back until it is known what
// becomes of it; replies of a CA are small.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// record lets the CA act on the request.
func record(ca http.Handler, r *http.Request) *answer {
	a := &answer{header: http.Header{}}
	ca.ServeHTTP(a, r)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a
}

func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the final status; 1xx ones are only said on the way.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

func (a *answer) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the client is gone if this fails
}
