package gatewayprobe

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/publicip"
)

func TestRedirectsAreFollowedAsACAFollowsThem(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 307, 308} {
		for name, c := range map[string]struct{ location, dials string }{
			"a path on the gateway":          {"/other", "127.0.0.1:8080"},
			"the same host over https":       {"https://SHOP.test./other", "127.0.0.1:8443"},
			"the same host with its port":    {"https://shop.test:443/other", "127.0.0.1:8443"},
			"the gateway's own https port":   {"https://shop.test:8443/other", "127.0.0.1:8443"},
			"another host on the gateway":    {"https://www.shop.test/other", "127.0.0.1:8443"},
			"another host":                   {"http://files.test/other", "8.8.8.8:80"},
			"another host over https":        {"https://files.test/other", "8.8.8.8:443"},
			"another host, https on port 80": {"http://files.test:443/plain", "8.8.8.8:443"},
			"a public address":               {"http://8.8.8.8/other", "8.8.8.8:80"},
			"a public IPv6 address":          {"http://[2606:4700::1111]/other", "[2606:4700::1111]:80"},
			"a URL with credentials":         {"http://user:secret@files.test/other", "8.8.8.8:80"},
		} {
			t.Run(fmt.Sprintf("%d to %s", code, name), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, Config{HTTPPort: 8080, HTTPSPort: 8443})
				w.hosts["files.test"] = netip.MustParseAddr("8.8.8.8")
				w.hosts["www.shop.test"] = loopback()
				w.place(t, "127.0.0.1:8080", false, func(rw http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/other" {
						say("the file")(rw, r)
						return
					}
					redirectTo(c.location, code)(rw, r)
				})
				there := func(rw http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") != "" {
						rw.WriteHeader(http.StatusTeapot)
					}
					say("the file")(rw, r)
				}
				secure := strings.HasPrefix(c.location, "https:")
				if c.dials != "127.0.0.1:8080" {
					w.place(t, c.dials, secure, there)
				}
				body, status, err := w.fetch(t)
				if err != nil || status != 200 || body != "the file" {
					t.Errorf("got %q, %d, %v", body, status, err)
				}
				if got, want := w.dials(), []string{"127.0.0.1:8080", c.dials}; !slices.Equal(got, want) {
					t.Errorf("dialled %v, want %v", got, want)
				}
			})
		}
	}
}

func TestARedirectNeverLeadsIntoThePrivateNetwork(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{"10.0.0.4", "172.16.0.1", "192.168.1.1", "127.0.0.2", "100.64.0.1", "169.254.169.254",
		"168.63.129.16", "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fd00::1",
		"ff02::1", "2001:db8::1", "2002:7f00:1::", "64:ff9b::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
		"fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "::7f00:1", "fec0::1", "2001:0:53aa::1", "100.100.100.200", "192.0.0.192", "100.127.255.255"} {
		addr := netip.MustParseAddr(ip)
		if publicip.Is(addr) {
			t.Errorf("%s counts as public", ip)
		}
		literal := "http://" + netip.AddrPortFrom(addr, 80).String() + "/x"
		for _, location := range []string{literal, "http://evil.test/x", "https://evil.test/x"} {
			w := newWorld(t, Config{})
			w.hosts["evil.test"] = addr
			w.place(t, "127.0.0.1:80", false, redirectTo(location, 302))
			_, _, err := w.fetch(t)
			wantRefusal(t, err, "not on the public internet")
			if got := w.dials(); !slices.Equal(got, []string{"127.0.0.1:80"}) {
				t.Errorf("%s at %s: dialled %v", location, ip, got)
			}
		}
	}
	for _, ip := range []string{"8.8.8.8", "20.50.2.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2a00:1450::1"} {
		if !publicip.Is(netip.MustParseAddr(ip)) {
			t.Errorf("%s does not count as public", ip)
		}
	}
}

func TestRedirectsThatNoCAFollowsAreRefused(t *testing.T) {
	t.Parallel()
	for location, says := range map[string]string{
		"http://shop.test:8081/x":              "other than 80 and 443",
		"http://files.test:22/x":               "other than 80 and 443",
		"http://files.test:8080/x":             "other than 80 and 443", // the gateway's port, but not the gateway
		"http://files.test:99999/x":            "other than 80 and 443",
		"ftp://files.test/x":                   "neither http nor https",
		"file:///etc/passwd":                   "neither http nor https",
		"http://localhost/x":                   "not in public DNS",
		"http://2130706433/x":                  "not in public DNS",
		"http://gone.test/x":                   "no address in DNS",
		"http://0x7f.1/x":                      "no address in DNS",
		"http://[fe80::1%25eth0]/x":            "not on the public internet",
		"/.well-known/acme-challenge/tok-en_1": "loop",
		"http://shop.test/.well-known/acme-challenge/tok-en_1#fragment": "loop",
		"http://user@shop.test/.well-known/acme-challenge/tok-en_1":     "loop",
	} {
		w := newWorld(t, Config{HTTPPort: 8080})
		w.hosts["files.test"] = netip.MustParseAddr("8.8.8.8")
		w.place(t, "127.0.0.1:8080", false, redirectTo(location, 302))
		_, _, err := w.fetch(t)
		wantRefusal(t, err, says)
		if got := w.dials(); !slices.Equal(got, []string{"127.0.0.1:8080"}) {
			t.Errorf("%s: dialled %v", location, got)
		}
	}
}

func TestTenRedirectsAreFollowedAndNotEleven(t *testing.T) {
	t.Parallel()
	for redirects, ok := range map[int64]bool{10: true, 11: false} {
		w := newWorld(t, Config{})
		var hops atomic.Int64
		w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, r *http.Request) {
			if hop := hops.Add(1); hop <= redirects {
				redirectTo(fmt.Sprintf("/hop%d", hop), 302)(rw, r)
				return
			}
			say("the file")(rw, r)
		})
		body, _, err := w.fetch(t)
		if ok && (err != nil || body != "the file") {
			t.Errorf("%d redirects: got %q, %v", redirects, body, err)
		}
		if !ok {
			wantRefusal(t, err, "more than 10 redirects")
		}
	}
}

func TestARedirectToAListenerThatIsNotThereYetSaysHowToMendIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.place(t, "127.0.0.1:80", false, redirectTo("https://shop.test/x", 301))
	w.routes["127.0.0.1:443"] = serveTLS(t, noCertificate()).String()
	_, _, err := w.fetch(t)
	wantTrouble(t, err, "no listener serves that name over HTTPS", "Exempt /.well-known/acme-challenge/")
}

func wantRefusal(t *testing.T, err error, says string) {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != issuance.CodeValidationFileNotFound || !strings.Contains(failure.Message, says) {
		t.Errorf("got %v, want a failure that says %q", err, says)
	}
}
