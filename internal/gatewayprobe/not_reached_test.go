package gatewayprobe

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"

	"certgate/internal/issuance"
)

func TestAnAddressWithoutAWayToItIsToldFromOneThatAnswersBadly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(rw).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	w.place(t, "127.0.0.1:443", false, func(http.ResponseWriter, *http.Request) {}) // no TLS
	away := netip.MustParseAddr("2001:db8::1")
	for _, c := range []struct {
		at  netip.Addr
		far bool
	}{{loopback(), false}, {away, true}} {
		_, _, file := w.prober.ChallengeFile(t.Context(), "shop.example.com", "token", c.at)
		_, leaf := w.prober.ServedLeaf(t.Context(), "shop.example.com", c.at)
		_, missing := w.prober.MissingFile(t.Context(), "shop.example.com", c.at)
		for _, err := range []error{file, leaf, missing} {
			if err == nil || errors.Is(err, issuance.ErrNotReached) != c.far {
				t.Errorf("%s: %v, cannot be dialled: %v", c.at, err, c.far)
			}
		}
	}
}

func TestARedirectThatLeadsNowhereIsAnAnswerOfTheGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.hosts["away.example.com"] = netip.MustParseAddr("8.8.8.8")
	w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://away.example.com/", http.StatusFound)
	})
	if _, _, err := w.prober.ChallengeFile(t.Context(), "shop.example.com", "token", loopback()); err == nil || errors.Is(err, issuance.ErrNotReached) {
		t.Errorf("got %v", err)
	}
}
