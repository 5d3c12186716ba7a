package gatewayprobe

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Header is a header field of an answer. Value is nil if it may be a secret.
type Header struct {
	Name  string  `json:"name"`
	Value *string `json:"value"`
}

// maxHeaderValue bounds each value, in bytes; some policies are long.
const maxHeaderValue = 1000

// harmless are the header fields whose values are shown. Of any other, Set-Cookie first of
// all, only the name is: which fields of an application are secrets nobody can know.
var harmless = strings.Fields(`
	Accept-Ranges Access-Control-Allow-Origin Age Allow Alt-Svc Cache-Control Connection Content-Encoding
	Content-Language Content-Length Content-Security-Policy Content-Type Cross-Origin-Embedder-Policy
	Cross-Origin-Opener-Policy Cross-Origin-Resource-Policy Date Expires Last-Modified Permissions-Policy
	Pragma Referrer-Policy Retry-After Server Strict-Transport-Security Upgrade Vary Via X-Azure-Ref X-Cache
	X-Content-Type-Options X-Frame-Options X-Ms-Request-Id X-Powered-By X-Xss-Protection`)

// answerOf publishes an answer; next is where it redirects to, or nil.
func answerOf(place, next *url.URL, response *http.Response) Answer {
	out := Answer{URL: withoutSecrets(place), Status: response.StatusCode, Headers: []Header{}}
	if next != nil {
		out.Location = withoutSecrets(next)
	}
	for _, name := range slices.Sorted(maps.Keys(response.Header)) {
		for _, value := range response.Header[name] {
			field := Header{Name: name}
			if slices.Contains(harmless, name) {
				field.Value = new(strings.ToValidUTF8(value[:min(len(value), maxHeaderValue)], ""))
			}
			out.Headers = append(out.Headers, field)
		}
	}
	return out
}
