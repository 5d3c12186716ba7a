package issuance_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"certgate/internal/issuance"
)

func TestAnAddressThatCannotBeDialledCountsOnlyIfNoneAnswers(t *testing.T) {
	t.Parallel()
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	blind := fmt.Errorf("open TLS: %w: no route", issuance.ErrNotReached)
	wrong := errors.New("no listener")
	for name, c := range map[string]struct {
		v4, v6 error
		want   string
	}{
		"both answer":            {nil, nil, "[192.0.2.1 2001:db8::1]"},
		"IPv6 is out of sight":   {nil, blind, "[192.0.2.1]"},
		"IPv4 answers wrongly":   {wrong, blind, "[192.0.2.1]"},
		"IPv6 answers wrongly":   {nil, wrong, "[192.0.2.1 2001:db8::1]"},
		"nothing can be dialled": {blind, blind, "[192.0.2.1 2001:db8::1]"},
	} {
		var counted []netip.Addr
		for _, look := range issuance.AtEach([]netip.Addr{v4, v6}, func(ip netip.Addr) (string, error) {
			if ip == v4 {
				return "", c.v4
			}
			return "", c.v6
		}) {
			counted = append(counted, look.At)
		}
		if got := fmt.Sprint(counted); got != c.want {
			t.Errorf("%s: %s count, want %s", name, got, c.want)
		}
	}
}
