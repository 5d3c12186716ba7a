// Package apitest holds what the API answers to its description. It is for tests
// alone: every reply that a test produces goes through it.
package apitest

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"certgate/api"
)

// New is api.New for a test, which fails if a reply is not as api/openapi.json says.
func New(t testing.TB, c api.Config) http.Handler {
	next := api.New(c)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, address := r.Method, asRouted(r)
		kept := &copied{ResponseWriter: w}
		next.ServeHTTP(kept, r)
		kept.WriteHeader(http.StatusOK) // which net/http does where a handler does not
		Check(t, method, address, kept.status, kept.header, kept.body.Bytes())
	})
}

// copied keeps what passes through it.
type copied struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func (c *copied) WriteHeader(status int) {
	if c.status == 0 {
		c.status, c.header = status, c.Header().Clone()
		c.ResponseWriter.WriteHeader(status)
	}
}

func (c *copied) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

// Unwrap lets a stream through to the connection.
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func asRouted(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}

// Check holds one reply to the description: that its status is described for this
// request, that its headers and the members of its body are, and that what must be
// there is. The body of a HEAD is left out.
func Check(t testing.TB, method, address string, status int, header http.Header, body []byte) {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	r, ok := d.of(method, address, strconv.Itoa(status))
	if !ok {
		t.Errorf("%s %s: openapi.json does not describe the status %d: %.300s", method, address, status, body)
		return
	}
	for _, fault := range slices.Concat(d.headerFaults(r, header), d.bodyFaults(r, method, header.Get("Content-Type"), body)) {
		t.Errorf("%s %s: %d is not as openapi.json says: %s", method, address, status, fault)
	}
}

// itsOwn are the headers of HTTP itself, which OpenAPI leaves to it.
var itsOwn = []string{"Content-Type", "Content-Length", "Date", "Connection", "Transfer-Encoding"}

func (d *description) headerFaults(r response, sent http.Header) (faults []string) {
	described := map[string]header{}
	for name, h := range r.Headers {
		h = d.header(h)
		described[http.CanonicalHeaderKey(name)] = h
		if h.Required && sent.Get(name) == "" {
			faults = append(faults, "the header "+name+" is missing")
		}
	}
	for name := range sent {
		h, ok := described[name]
		_, err := strconv.Atoi(sent.Get(name))
		switch {
		case ok && h.Schema.Type == "integer" && err != nil:
			faults = append(faults, "the header "+name+" is no number: "+sent.Get(name))
		case !ok && !slices.Contains(itsOwn, name):
			faults = append(faults, "the header "+name+" is not described")
		}
	}
	return faults
}

func (d *description) bodyFaults(r response, method, contentType string, body []byte) []string {
	if len(r.Content) == 0 {
		if contentType != "" || len(body) > 0 {
			return []string{"it has a body: " + contentType + " " + string(body)}
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	if _, ok := r.Content[media]; err != nil || !ok {
		return []string{"the media type " + contentType + " is not described"}
	}
	if method == http.MethodHead && len(body) == 0 {
		return nil
	}
	schema, err := d.schema(r, media)
	if err != nil {
		return []string{err.Error()}
	}
	var value any = string(body)
	if media == "application/json" || media == "application/problem+json" {
		if value, err = jsonschema.UnmarshalJSON(bytes.NewReader(body)); err != nil {
			return []string{err.Error() + ": " + string(body)}
		}
	}
	if err := schema.Validate(value); err != nil {
		return []string{err.Error() + ": " + string(body)}
	}
	return nil
}
