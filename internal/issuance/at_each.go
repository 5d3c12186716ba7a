package issuance

import (
	"errors"
	"net/netip"
)

// ErrNotReached says that no connection could be opened to an address of the
// gateway from here.
var ErrNotReached = errors.New("the address cannot be dialled from here")

// Look is what a look at one address of the gateway came to.
type Look[T any] struct {
	At    netip.Addr
	Found T
	Err   error
}

// AtEach looks at each address of the gateway and returns the looks that count. An
// address that cannot be dialled from here (ErrNotReached) counts only if none
// answers: a Functions app need not have a way to the gateway's IPv6 address, which
// clients may have.
func AtEach[T any](addresses []netip.Addr, look func(netip.Addr) (T, error)) []Look[T] {
	var answered, blind []Look[T]
	for _, ip := range addresses {
		found, err := look(ip)
		if l := (Look[T]{ip, found, err}); errors.Is(err, ErrNotReached) {
			blind = append(blind, l)
		} else {
			answered = append(answered, l)
		}
	}
	if len(answered) > 0 {
		return answered
	}
	return blind
}
