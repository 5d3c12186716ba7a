package gatewayprobe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// oneHop is an internet in which the gateway redirects, every name has the same
// addresses, and no other server answers.
type oneHop struct {
	location string
	status   int
	ips      []netip.Addr
	dialed   []netip.AddrPort
}

func (h *oneHop) Addresses(context.Context, string) (issuance.Addresses, error) {
	return issuance.Addresses{IPs: h.ips}, nil
}

func (h *oneHop) dial(_ context.Context, _, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no address: a name would be looked up once more", address)
	}
	h.dialed = append(h.dialed, at)
	if len(h.dialed) > 1 {
		return nil, &net.OpError{Op: "dial", Err: errors.New("nobody is here")}
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		request := make([]byte, 1)
		var last [4]byte
		for string(last[:]) != "\r\n\r\n" {
			if _, err := far.Read(request); err != nil {
				return
			}
			last = [4]byte{last[1], last[2], last[3], request[0]}
		}
		fmt.Fprintf(far, "HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", h.status, h.location)
	}()
	return near, nil
}

// FuzzRedirect lets the owner of a hostname redirect anywhere, to names with any
// addresses. Nothing is dialled but the gateway, or port 80 or 443 of an address
// that a second opinion, the standard library's, does not call private either.
func FuzzRedirect(f *testing.F) {
	for _, location := range []string{"/other", "https://files.test/x", "http://127.0.0.1/", "http://[::1]:80/", "http://169.254.169.254/metadata/instance", "http://[fd00:ec2::254]/",
		"http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://2130706433/", "http://0177.0.0.1/", "http://files.test:22/", "ftp://files.test/", "//files.test", "http://user:pass@files.test/",
		"http://8.8.8.8%2f@127.0.0.1/", "http://shop.test:8443/", "http://[fe80::1%25eth0]/", "http://１２７.0.0.1/", "http://100.64.0.1.:80/", "http:\\\\127.0.0.1/", "gopher:x", "\x00"} {
		f.Add(location, uint16(302), []byte{10, 0, 0, 1})
		f.Add(location, uint16(308), []byte{8, 8, 8, 8})
	}
	f.Add("https://files.test/x", uint16(301), netip.MustParseAddr("::ffff:169.254.169.254").AsSlice())
	f.Add("https://files.test/x", uint16(307), netip.MustParseAddr("2606:4700::1111").AsSlice())
	gateway := netip.MustParseAddr("20.50.2.1")
	f.Fuzz(func(t *testing.T, location string, status uint16, address []byte) {
		if strings.ContainsAny(location, "\r\n") || status < 200 || status > 599 {
			return // not one header, or not a final answer
		}
		h := &oneHop{location: location, status: int(status)}
		if ip, ok := netip.AddrFromSlice(address); ok {
			h.ips = []netip.Addr{ip}
		}
		p := New(Config{Lookup: h, HTTPPort: 8080, HTTPSPort: 8443})
		p.dial = h.dial
		_, _, err := p.ChallengeFile(t.Context(), "shop.test", "token", gateway)
		if len(h.dialed) == 0 || h.dialed[0] != netip.AddrPortFrom(gateway, 8080) {
			t.Fatalf("the first connection goes to %v", h.dialed)
		}
		for _, at := range h.dialed[1:] {
			ip := at.Addr()
			atGateway := ip == gateway && (at.Port() == 8080 || at.Port() == 8443)
			outside := ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !ip.Is4In6() && ip.Zone() == ""
			if !atGateway && (!outside || at.Port() != 80 && at.Port() != 443) {
				t.Fatalf("%q at %v leads to %s", location, h.ips, at)
			}
		}
		var failure *durable.Failure
		if errors.As(err, &failure) && (!utf8.ValidString(failure.Message) || len(failure.Message) > 1000) {
			t.Fatalf("%q: %q is not fit to be shown", location, failure.Message)
		}
		if len(h.dialed) > 1 && (status != http.StatusMovedPermanently && status != http.StatusFound && status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect) {
			t.Fatalf("status %d is followed", status)
		}
	})
}
