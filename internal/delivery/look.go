package delivery

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"certgate/internal/delivery/target"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// lookTimeout bounds one look at all endpoints of a target.
const lookTimeout = 8 * time.Second

// sight is what one endpoint serves for one hostname.
type sight struct {
	at     string // host:port
	served managed.Served
	says   string // a sentence, if it is not as it should be
}

type sights []sight

// places are the endpoints that were looked at.
func (s sights) places() (list []string) {
	for _, one := range s {
		if !slices.Contains(list, one.at) {
			list = append(list, one.at)
		}
	}
	return list
}

// behind says what is not as it should be; "" if all is.
func (s sights) behind() string {
	var says []string
	for _, one := range s {
		if one.says != "" && !slices.Contains(says, one.says) {
			says = append(says, one.says)
		}
	}
	const most = 3
	if more := len(says) - most; more > 0 {
		says = append(says[:most], fmt.Sprintf("%d more endpoints are not as they should be either.", more))
	}
	return strings.Join(says, " ")
}

// worst is the worst of what is served.
func (s sights) worst() managed.Served {
	rank := []managed.Served{managed.ServedCurrent, managed.ServedPrevious, managed.ServedOther, managed.ServedNone}
	worst := managed.ServedUnknown
	for _, one := range s {
		if slices.Index(rank, one.served) > slices.Index(rank, worst) {
			worst = one.served
		}
	}
	return worst
}

// look opens TLS at every endpoint of the target for every hostname that it serves.
func (d *Deliveries) look(ctx context.Context, w wanted, r *managed.Record) sights {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found := make(sights, len(w.hostnames)*len(w.Endpoints))
	var all sync.WaitGroup
	for i, hostname := range w.hostnames {
		for j, e := range w.Endpoints {
			all.Go(func() { found[i*len(w.Endpoints)+j] = d.lookAt(ctx, w, r, hostname, e) })
		}
	}
	all.Wait()
	return found
}

// lookAt is the worst of what an endpoint's addresses serve. One that does not answer
// counts only if none does: the app need not have a way to each.
func (d *Deliveries) lookAt(ctx context.Context, w wanted, r *managed.Record, hostname string, e target.Endpoint) sight {
	out := sight{at: e.At(hostname), served: managed.ServedNone}
	ips, why := d.addresses(ctx, e, hostname)
	if why != "" {
		out.says = fmt.Sprintf("%s cannot be looked at: %s", out.at, why)
		return out
	}
	var answers sights
	for _, ip := range ips {
		chain, err := d.Chains.ServedChainAt(ctx, hostname, netip.AddrPortFrom(ip, e.Port))
		switch {
		case errors.Is(err, issuance.ErrNoListener):
			answers = append(answers, sight{at: out.at, served: managed.ServedNone, says: fmt.Sprintf("%s has no certificate for %s.", out.at, hostname)})
		case err != nil:
			d.Log.InfoContext(ctx, "no answer from a target", "target", w.Name, "endpoint", out.at, "address", ip.String(), "error", err)
			out.says = durable.Says(err)
		default:
			answers = append(answers, judge(out.at, hostname, chain, r, w.AnyChain))
		}
	}
	if len(answers) == 0 {
		return out
	}
	worst := slices.IndexFunc(answers, func(s sight) bool { return s.says != "" })
	return answers[max(worst, 0)]
}

// addresses are those of the endpoint's host: as the internet knows it, else as this
// app's network does. why says what keeps it from having any.
func (d *Deliveries) addresses(ctx context.Context, e target.Endpoint, hostname string) (ips []netip.Addr, why string) {
	host := e.Host
	if host == "" {
		host = strings.Replace(hostname, "*", "certgate-check", 1)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, ""
	}
	found, err := d.Resolver.Addresses(ctx, host)
	if err == nil && len(found.IPs) > 0 {
		return found.IPs, ""
	}
	if own, ownErr := d.Own(ctx, host); ownErr == nil && len(own) > 0 && e.Host != "" {
		for i := range own {
			own[i] = own[i].Unmap()
		}
		return own, ""
	}
	if err != nil {
		return nil, fmt.Sprintf("DNS did not answer for %s.", host)
	}
	return nil, fmt.Sprintf("DNS knows no address of %s.", host)
}

// judge compares what is served with the version in force.
func judge(at, hostname string, chain [][]byte, r *managed.Record, anyChain bool) sight {
	out := sight{at: at, served: r.Shown(chain[0], nil)}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		out.served, out.says = managed.ServedOther, fmt.Sprintf("%s serves something for %s that is no certificate.", at, hostname)
		return out
	}
	what := fmt.Sprintf("(serial number %x, valid until %s)", leaf.SerialNumber, managed.Day(leaf.NotAfter))
	switch place := placeOf(chain, r); {
	case place > 0:
		out.says = fmt.Sprintf("%s serves the chain for %s in the wrong order: the certificate stands at place %d and not first, so clients refuse it.", at, hostname, place+1)
	case out.served == managed.ServedPrevious:
		out.says = fmt.Sprintf("%s still serves an older certificate for %s %s.", at, hostname, what)
	case out.served != managed.ServedCurrent:
		out.says = fmt.Sprintf("%s serves another certificate for %s %s.", at, hostname, what)
	case !anyChain:
		if why := chainFault(chain, r.Imported); why != "" {
			out.says = fmt.Sprintf("%s serves the new certificate for %s, but %s", at, hostname, why)
		}
	}
	return out
}

// placeOf is where in the chain the version in force stands; -1 for nowhere.
func placeOf(chain [][]byte, r *managed.Record) int {
	return slices.IndexFunc(chain, func(der []byte) bool { return strings.EqualFold(managed.SHA1Thumbprint(der), r.Thumbprint) })
}
