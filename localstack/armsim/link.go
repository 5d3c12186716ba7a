package armsim

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	headerAsync       = "Azure-AsyncOperation"
	headerAsyncNotify = "Azure-AsyncNotification"
)

// The parts of a signed link, in bytes: certificate, signature and hash, as long
// as they were recorded. The whole link has some 3,200 characters.
const (
	linkCertificate = 1941
	linkSignature   = 256
	linkHash        = 32
)

// epochTicks is 1970 in ticks of 100 ns since the year 1.
const epochTicks = 621355968000000000

// signedQuery is the query of a new operation's link. It is part of the
// operation: what is polled for with another one is refused.
func signedQuery(version apiVersion, now time.Time) string {
	random := func(n int) string {
		b := make([]byte, n)
		rand.Read(b) // never fails
		return base64.RawURLEncoding.EncodeToString(b)
	}
	ticks := epochTicks + now.UnixNano()/100
	return "api-version=" + url.QueryEscape(string(version)) + "&t=" + strconv.FormatInt(ticks, 10) +
		"&c=" + random(linkCertificate) + "&s=" + random(linkSignature) + "&h=" + random(linkHash)
}

// signs reports whether a poll has the parameters of the operation's link.
func (op *operation) signs(asked url.Values) bool {
	given, err := url.ParseQuery(op.Query)
	if err != nil {
		return false
	}
	for _, name := range []string{"t", "c", "s", "h"} {
		if asked.Get(name) != given.Get(name) {
			return false
		}
	}
	return true
}

// operationURL is where the client polls. It is https, as the service's are,
// unless the client reached this server itself without TLS.
func (s *Server) operationURL(r *http.Request, g *gateway, op *operation) string {
	scheme := "https"
	if host, _, err := net.SplitHostPort(r.Host); err == nil && r.TLS == nil {
		if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() {
			scheme = "http"
		}
	}
	location, _ := g.Document["location"].(string)
	u := url.URL{Scheme: scheme, Host: r.Host,
		Path:     "/subscriptions/" + s.options.Subscription + "/providers/Microsoft.Network/locations/" + location + "/operations/" + op.ID,
		RawQuery: op.Query}
	return u.String()
}

// operationID is the inverse: the last part of the path.
func operationID(async string) string {
	path, _, _ := strings.Cut(async, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}
