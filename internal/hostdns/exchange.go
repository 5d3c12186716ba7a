package hostdns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/durable"
)

// ednsSize is the UDP answer size that crosses the internet without
// fragmentation (DNS Flag Day 2020). Longer answers come over TCP.
const ednsSize = 1232

// lookup is one call's way through the servers: public resolvers that were silent
// once are not waited for again in it.
type lookup struct {
	*Resolver
	fellBack bool // to the system's servers
}

// ask sends one question to the servers in turn until one answers it: with
// records, with "no such records" or with "no such name". When none does, the
// result is a *durable.Transient whose sentence says what each server did.
func (l *lookup) ask(ctx context.Context, name string, qtype uint16) (*dns.Msg, error) {
	var said complaints
	if l.askPublic && !l.fellBack {
		reply, err := l.askInTurn(ctx, l.public, min(l.timeout, publicTimeout), name, qtype, &said)
		if reply != nil || err != nil || said.servfail {
			return reply, cmp.Or(err, said.trouble(reply, name, qtype))
		}
		l.fellBack = true
	}
	servers, err := l.servers()
	if err != nil {
		return nil, &durable.Transient{Public: "The app does not know which DNS servers to ask. Set DnsResolvers in its settings.", Err: err}
	}
	reply, err := l.askInTurn(ctx, servers, l.timeout, name, qtype, &said)
	return reply, cmp.Or(err, said.trouble(reply, name, qtype))
}

// askInTurn returns no reply and no error if no server had a usable answer; why not
// is in said. The error is the end of the context.
func (l *lookup) askInTurn(ctx context.Context, servers []string, timeout time.Duration, name string, qtype uint16, said *complaints) (*dns.Msg, error) {
	for _, server := range servers {
		reply, err := askServer(ctx, server, timeout, name, qtype)
		if err == nil {
			return reply, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("look up %s of %s: %w", dns.TypeToString[qtype], name, ctx.Err())
		}
		said.add(server, err)
	}
	return nil, nil
}

// complaints are what the servers said that gave no usable answer.
type complaints struct {
	texts    []string
	causes   []error
	servfail bool // one tried and could not: that is about the domain, not the way there
}

func (c *complaints) add(server string, err error) {
	c.texts = append(c.texts, server+" "+complaint(err))
	c.causes = append(c.causes, fmt.Errorf("%s: %w", server, err))
	c.servfail = c.servfail || errors.Is(err, rcodeError(dns.RcodeServerFailure))
}

// trouble makes an error of them, unless there is a reply.
func (c *complaints) trouble(reply *dns.Msg, name string, qtype uint16) error {
	if reply != nil {
		return nil
	}
	public := fmt.Sprintf("DNS gave no usable answer for the %s records of %s: %s",
		dns.TypeToString[qtype], strings.TrimSuffix(name, "."), strings.Join(c.texts, ", "))
	if c.servfail { // the second sentence is what to do
		public += " (SERVFAIL usually means that the domain's own name servers do not answer or that its DNSSEC signatures are wrong). Look at the domain's name servers and at its DNSSEC records."
	} else {
		public += "."
	}
	return &durable.Transient{Public: public, Err: fmt.Errorf("look up %s of %s: %w", dns.TypeToString[qtype], name, errors.Join(c.causes...))}
}

// askServer asks over UDP, and over TCP when the answer did not fit. A server
// that does not know EDNS (RFC 6891 section 7) is asked once more without.
func askServer(ctx context.Context, server string, timeout time.Duration, name string, qtype uint16) (*dns.Msg, error) {
	query := new(dns.Msg).SetQuestion(name, qtype)
	query.SetEdns0(ednsSize, false)
	reply, err := exchange(ctx, "udp", server, timeout, query)
	if err == nil && reply.Rcode == dns.RcodeFormatError {
		query.Extra = nil
		reply, err = exchange(ctx, "udp", server, timeout, query)
	}
	if err == nil && reply.Truncated {
		reply, err = exchange(ctx, "tcp", server, timeout, query)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError:
		return nil, rcodeError(reply.Rcode)
	case referral(reply):
		return nil, errReferral
	}
	return reply, nil
}

// exchange sends one query and reads its answer within the timeout.
func exchange(ctx context.Context, network, server string, timeout time.Duration, query *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client := dns.Client{Net: network, Timeout: timeout}
	conn, err := client.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The client obeys the context's deadline but not its cancellation.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	reply, _, err := client.ExchangeWithConnContext(ctx, query, conn)
	if err != nil {
		return nil, err
	}
	// An answer to something else is a broken server or a forgery.
	if len(reply.Question) != 1 || reply.Question[0].Qtype != query.Question[0].Qtype ||
		!strings.EqualFold(reply.Question[0].Name, query.Question[0].Name) || !reply.Response {
		return nil, errWrongQuestion
	}
	return reply, nil
}

var (
	errReferral      = errors.New("answered with a referral: it does not resolve recursively")
	errWrongQuestion = errors.New("answered another question")
)

// rcodeError is a DNS error code that is no answer.
type rcodeError int

func (e rcodeError) Error() string {
	if name, ok := dns.RcodeToString[int(e)]; ok {
		return "answered " + name
	}
	return fmt.Sprintf("answered with code %d", int(e))
}

// complaint is what people may read of an error of one server.
func complaint(err error) string {
	var timeout net.Error
	var rcode rcodeError
	switch {
	case errors.Is(err, errReferral), errors.Is(err, errWrongQuestion), errors.As(err, &rcode):
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	}
	return "could not be asked"
}

// referral recognises a server that points at others in place of resolving: to
// read it as "no records" would blame the domain for a wrong DnsResolvers.
func referral(reply *dns.Msg) bool {
	if reply.Rcode != dns.RcodeSuccess || len(reply.Answer) > 0 || reply.Authoritative || reply.RecursionAvailable {
		return false
	}
	delegates := false
	for _, rr := range reply.Ns {
		switch rr.(type) {
		case *dns.SOA:
			return false
		case *dns.NS:
			delegates = true
		}
	}
	return delegates
}

// ask is a lookup of a single question.
func (r *Resolver) ask(ctx context.Context, name string, qtype uint16) (*dns.Msg, error) {
	return (&lookup{Resolver: r}).ask(ctx, name, qtype)
}

// askServer asks one that no other stands behind.
func (r *Resolver) askServer(ctx context.Context, server, name string, qtype uint16) (*dns.Msg, error) {
	return askServer(ctx, server, r.timeout, name, qtype)
}

// exchange is that of a server that no other stands behind.
func (r *Resolver) exchange(ctx context.Context, network, server string, query *dns.Msg) (*dns.Msg, error) {
	return exchange(ctx, network, server, r.timeout, query)
}
