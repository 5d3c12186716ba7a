// Package rfc2136 changes TXT records with dynamic updates (RFC 2136) that are signed
// with a shared key (TSIG, RFC 8945). Single records are added and deleted by their
// value, all of one call in one update, which the server carries out whole.
package rfc2136

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/azureerror"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

const (
	timeout = 10 * time.Second
	fudge   = 300 // seconds that the two clocks may differ (RFC 8945 section 10)
	needs   = "to be the TSIG key that the zone's update policy names, and the clocks must agree within five minutes"
)

// Algorithms are the names of the signatures that Config.Algorithm may have.
var Algorithms = []string{"hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1"}

// Config names the primary server, the key and the zones.
type Config struct {
	Server    string // host, or host:port
	Key       string // the key's name
	Secret    string // in base64
	Algorithm string // one of Algorithms; "" is hmac-sha256
	Zones     []string
}

// Account is the zones of one server.
type Account struct {
	server, key, algorithm, secret string
	zones                          []dnsproviders.Zone
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails on what is missing or unknown.
func New(c Config) (*Account, error) {
	a := &Account{server: c.Server, key: dns.CanonicalName(c.Key), algorithm: dns.HmacSHA256, secret: c.Secret}
	if _, _, err := net.SplitHostPort(c.Server); err != nil {
		a.server = net.JoinHostPort(strings.Trim(c.Server, "[]"), "53")
	}
	if c.Algorithm != "" {
		a.algorithm = dns.CanonicalName(c.Algorithm)
	}
	known := false
	for _, name := range Algorithms {
		known = known || a.algorithm == dns.Fqdn(name)
	}
	_, err := base64.StdEncoding.DecodeString(c.Secret)
	switch {
	case c.Server == "":
		return nil, errors.New("rfc2136: the name server is missing")
	case c.Key == "" || c.Secret == "" || err != nil:
		return nil, errors.New("rfc2136: the TSIG key needs its name and its secret in base64")
	case !known:
		return nil, fmt.Errorf("rfc2136: the algorithm %q is not one of %s", c.Algorithm, strings.Join(Algorithms, ", "))
	case len(c.Zones) == 0:
		return nil, errors.New("rfc2136: name the zones that the key can change")
	}
	for _, name := range c.Zones {
		a.zones = append(a.zones, dnsproviders.Zone{ID: dns.CanonicalName(name), Name: dnsproviders.Plain(name)})
	}
	return a, nil
}

// Zones are the configured ones.
func (a *Account) Zones(context.Context) ([]dnsproviders.Zone, error) { return a.zones, nil }

// Ensure adds the values; those that are there stay as they are.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	update := new(dns.Msg).SetUpdate(z.ID)
	update.Insert(records(c, uint32(max(1, c.TTL/time.Second))))
	return "", a.send(ctx, update, z, c)
}

// Remove deletes the values' records.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	update := new(dns.Msg).SetUpdate(z.ID)
	update.Remove(records(c, 0))
	return a.send(ctx, update, z, c)
}

// Settled is true: the server does not tell when its secondaries have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

func records(c dnsproviders.Change, ttl uint32) []dns.RR {
	var out []dns.RR
	for _, value := range c.Values {
		out = append(out, &dns.TXT{Hdr: dns.RR_Header{Name: dns.CanonicalName(c.Name), Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: ttl}, Txt: []string{value}})
	}
	return out
}

// send signs an update and sends it over TCP: over UDP it may be lost, or come twice.
func (a *Account) send(ctx context.Context, update *dns.Msg, z dnsproviders.Zone, c dnsproviders.Change) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	service := "The name server " + a.server
	update.SetTsig(a.key, a.algorithm, fudge, time.Now().Unix())
	client := dns.Client{Net: "tcp", Timeout: timeout, TsigSecret: map[string]string{a.key: a.secret}}
	conn, err := client.DialContext(ctx, a.server)
	if err != nil {
		return azureerror.Unanswered(service, "dial", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	reply, _, err := client.ExchangeWithConnContext(ctx, update, conn)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if reply == nil {
		return azureerror.Unanswered(service, "update "+z.Name, err)
	}
	log := fmt.Errorf("update %s: %s, signature: %w", z.Name, dns.RcodeToString[reply.Rcode], errors.Join(errReply, err))
	signature := reply.IsTsig()
	switch {
	case reply.Rcode == dns.RcodeNotZone, reply.Rcode == dns.RcodeNotAuth && signature != nil && signature.Error == dns.RcodeSuccess:
		return dnsproviders.ZoneNotFound(service, z.Name, log)
	case reply.Rcode == dns.RcodeRefused, reply.Rcode == dns.RcodeNotAuth, err != nil:
		return dnsproviders.AccessDenied(service, z.Name, needs, log)
	case reply.Rcode == dns.RcodeServerFailure, signature == nil: // nobody vouches for an answer without signature
		return &durable.Transient{Err: log, Public: service + " has a problem of its own (" + dns.RcodeToString[reply.Rcode] + ")."}
	case reply.Rcode != dns.RcodeSuccess:
		return dnsproviders.Refused(service, c.Name, "it answers "+dns.RcodeToString[reply.Rcode]+".", log)
	}
	return nil
}

var errReply = errors.New("not carried out")
