package issuance

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// ErrNoListener says that the gateway answered the TLS handshake and has no
// listener for the hostname (the alert unrecognized_name, RFC 6066 section 3).
var ErrNoListener = errors.New("no listener serves this name yet")

const (
	// lookEvery is how often a certificate that is served well is looked at. Which
	// hour is its own follows from its name, so that looks are spread and the time
	// of the last one need not be stored.
	lookEvery = 6
	// noteEvery is how old the stored time of a look may get.
	noteEvery = 24 * time.Hour
	// looksAtOnce bounds the handshakes that one walk has open.
	looksAtOnce = 20
	lookTimeout = 5 * time.Second
)

// sighting is what a look at the gateway found; the zero value is no look.
type sighting struct {
	served Served
}

// note puts what was seen into the record and reports whether that is worth
// storing. A gateway that does not answer at all may be a passing fault of the
// network in between, so the first time counts as unknown, the second as nothing
// served; and what was wrong before is not mended by it.
func (g sighting) note(r *Record, now time.Time) bool {
	if g.served == ServedUnknown {
		switch {
		case r.Served == ServedNone, r.Served == ServedOther:
			g.served = r.Served
		case r.Served == ServedUnknown && !r.ServedAt.IsZero():
			g.served = ServedNone
		}
	}
	if g.served == "" {
		return false
	}
	if g.served == r.Served && now.Sub(r.ServedAt) < noteEvery {
		return false
	}
	r.Served, r.ServedAt = g.served, now
	return true
}

// lookDue reports whether a certificate is to be looked at now: every lookEvery
// hours, and in each walk while something is wrong with it or it is new.
func lookDue(r *Record, now time.Time) bool {
	if r.Retired || len(r.Hostnames) == 0 {
		return false
	}
	if r.Served != ServedCurrent || now.Sub(r.ServedAt) >= noteEvery {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(r.Name))
	return (int64(h.Sum32())+now.Unix()/3600)%lookEvery == 0
}

func (p WatchPorts) lookAtAll(ctx context.Context, now time.Time, addresses []netip.Addr, page []*Record) map[string]sighting {
	found := map[string]sighting{}
	if len(addresses) == 0 {
		return found
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	room := make(chan struct{}, looksAtOnce)
	for _, r := range page {
		if !lookDue(r, now) {
			continue
		}
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			seen := p.lookAt(ctx, addresses, r)
			mu.Lock()
			defer mu.Unlock()
			found[r.Name] = seen
		})
	}
	all.Wait()
	return found
}

// lookAt opens TLS for each hostname at each address. The worst answer counts;
// an address without any counts only if none has one, because a Functions app
// need not have a way to the gateway's IPv6 address.
func (p WatchPorts) lookAt(ctx context.Context, addresses []netip.Addr, r *Record) sighting {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	worst := Served("")
	for _, host := range r.Hostnames {
		answered := false
		for _, ip := range addresses {
			leaf, err := p.Probe.ServedLeaf(ctx, host, ip)
			seen := ServedNone
			switch {
			case err == nil:
				if seen, err = p.compare(ctx, r, host, leaf); err != nil {
					p.Log.WarnContext(ctx, "cannot compare with the vault", "certificate", r.Name, "error", err)
					return sighting{} // nothing can be said; the next walk looks again
				}
			case !errors.Is(err, ErrNoListener):
				p.Log.WarnContext(ctx, "no answer from the gateway", "hostname", host, "address", ip.String(), "error", err)
				continue
			}
			answered = true
			worst = worse(worst, seen)
		}
		if !answered {
			worst = worse(worst, ServedUnknown)
		}
	}
	return sighting{served: worst}
}

func worse(a, b Served) Served {
	rank := map[Served]int{"": 0, ServedCurrent: 1, ServedPrevious: 2, ServedUnknown: 3, ServedOther: 4, ServedNone: 5}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// compare asks the vault only when the record does not explain what is served:
// somebody may have put a newer version there by other means.
func (p WatchPorts) compare(ctx context.Context, r *Record, host string, leaf []byte) (Served, error) {
	if strings.EqualFold(SHA1Thumbprint(leaf), r.Thumbprint) {
		return ServedCurrent, nil
	}
	newest, err := p.Vault.Certificate(ctx, r.Name)
	if err != nil && !errors.Is(err, ErrGone) {
		return "", err
	}
	if err == nil && bytes.Equal(newest.Leaf, leaf) {
		return ServedCurrent, nil
	}
	shown, err := x509.ParseCertificate(leaf)
	if err == nil && shown.VerifyHostname(host) == nil && shown.NotBefore.Before(r.NotBefore) {
		return ServedPrevious, nil
	}
	return ServedOther, nil
}

// SHA1Thumbprint is how Azure names a certificate (DER): upper-case hexadecimal
// SHA-1. It identifies and proves nothing.
func SHA1Thumbprint(leaf []byte) string {
	sum := sha1.Sum(leaf)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
