package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/principal"
)

// Whoever writes the address in a reply decides where its reader takes a token to.
func TestTheAddressesInTheReplyAreTheInstallations(t *testing.T) {
	t.Parallel()
	const original, forwarded = "x-ms-original-url", "X-Forwarded-Host"
	for name, c := range map[string]struct {
		addresses api.Addresses
		headers   map[string]string
		want      string // "" for the server's own
	}{
		"the setting":                      {api.Addresses{Public: "https://certs.example.net", OriginalURL: true}, map[string]string{original: "https://site.example.net/api/x", forwarded: "app.example.net"}, "https://certs.example.net"},
		"the platform in front":            {api.Addresses{OriginalURL: true}, map[string]string{original: "https://site.example.net/api/x", forwarded: "app.example.net"}, "https://site.example.net"},
		"no platform in front":             {api.Addresses{}, map[string]string{original: "https://thief.example.net/api/x"}, ""},
		"the host, whatever a caller says": {api.Addresses{}, map[string]string{original: "https://thief.example.net/api/x", forwarded: "app.example.net"}, "http://app.example.net"},
		"not the address of a page":        {api.Addresses{OriginalURL: true}, map[string]string{original: "javascript://site.example.net/"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, c.addresses)
			req, _ := http.NewRequest("POST", w.server.URL+start, strings.NewReader(`{"hostnames":[{"hostname":"shop.example.com"}]}`))
			req.Header.Set(principal.Header, admin)
			for header, value := range c.headers {
				req.Header.Set(header, value)
			}
			resp, err := w.server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var reply map[string]string
			if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" {
				want = w.server.URL
			}
			want += "/api/instances/" + reply["id"]
			if got := resp.Header.Get("Location"); got != want {
				t.Errorf("Location %q, want %s", got, want)
			}
			for _, member := range []string{"statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri"} {
				if !strings.HasPrefix(reply[member], want) {
					t.Errorf("%s is %q, want %s…", member, reply[member], want)
				}
			}
		})
	}
}
