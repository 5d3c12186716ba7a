package hostdns_test

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/miekg/dns"

	"certgate/internal/durable"
	"certgate/internal/hostdns"
)

// answering is a server that puts the same bytes behind the header and the
// question of each query, as a hostile name server would.
type answering struct {
	packets net.PacketConn
	now     atomic.Pointer[rawAnswer]
}

type rawAnswer struct {
	records []byte
	flags   uint16
	counts  [2]uint8 // records that the header promises: answer, authority
}

func (s *answering) serve() {
	query := make([]byte, 1500)
	for {
		n, from, err := s.packets.ReadFrom(query)
		if err != nil {
			return
		}
		var asked dns.Msg
		if asked.Unpack(query[:n]) != nil {
			continue
		}
		reply, err := (&dns.Msg{MsgHdr: dns.MsgHdr{Id: asked.Id, Response: true}, Question: asked.Question}).Pack()
		if err != nil {
			continue
		}
		answer := s.now.Load()
		reply[2] |= byte(answer.flags >> 8 & 0x04) // authoritative; truncated would lead to TCP, where no server is
		reply[3] = byte(answer.flags)
		for i, count := range answer.counts {
			reply[7+2*i] = count
		}
		s.packets.WriteTo(append(reply, answer.records...), from)
	}
}

// FuzzReply has name servers answer with any bytes. A lookup ends, with records
// of the name that was asked for, or with a sentence that is fit to be shown.
func FuzzReply(f *testing.F) {
	for _, text := range []string{"shop.example. 60 IN A 8.8.8.8", "shop.example. 60 IN CNAME shop.example.", "other.example. 60 IN A 8.8.8.8", "shop.example. 60 IN AAAA ::ffff:127.0.0.1",
		`shop.example. 60 IN CAA 128 issue "ca.example"`, "shop.example. 60 IN CNAME a.example.", "example. 60 IN SOA a. b. 1 2 3 4 5", "com. 60 IN NS a.gtld-servers.net."} {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		raw := make([]byte, 512)
		n, err := dns.PackRR(rr, raw, 0, nil, false)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw[:n], uint16(0x80), uint8(1), uint8(0))
	}
	f.Add([]byte{0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4}, uint16(0x80), uint8(1), uint8(0))         // compressed
	f.Add([]byte{0xc0, 0x1f, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 0x1f}, uint16(0x80), uint8(1), uint8(0))         // points at itself
	f.Add([]byte{0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 'a', 0xc0, 0x0c}, uint16(0x80), uint8(1), uint8(0)) // a longer name each time
	f.Add([]byte{}, uint16(0x02), uint8(0), uint8(0))
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	server := &answering{packets: packets}
	f.Cleanup(func() { packets.Close() })
	resolver, err := hostdns.New(hostdns.Config{Servers: []string{packets.LocalAddr().String()}, Timeout: 300 * time.Millisecond})
	if err != nil {
		f.Fatal(err)
	}
	go server.serve()
	f.Fuzz(func(t *testing.T, answer []byte, flags uint16, records, others uint8) {
		if len(answer) > 1000 {
			return
		}
		server.now.Store(&rawAnswer{records: answer, flags: flags, counts: [2]uint8{records, others}})
		found, err := resolver.Addresses(t.Context(), "shop.example")
		wantSaid(t, err)
		for _, ip := range found.IPs {
			if !ip.IsValid() || ip.Is4In6() || ip.Zone() != "" {
				t.Fatalf("%x gives the address %s", answer, ip)
			}
		}
		if len(found.Chain) > 40 {
			t.Fatalf("%x gives a chain of %d", answer, len(found.Chain))
		}
		caa, err := resolver.CAA(t.Context(), "shop.example")
		wantSaid(t, err)
		for _, r := range caa.Records {
			if r.Tag != strings.ToLower(r.Tag) {
				t.Fatalf("%x gives the CAA record %+v", answer, r)
			}
		}
	})
}

func wantSaid(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := ""
	var transient *durable.Transient
	var failure *durable.Failure
	switch {
	case errors.As(err, &transient):
		text = transient.Public
	case errors.As(err, &failure):
		text = failure.Message
	default:
		t.Fatalf("nothing that a step can act on: %v", err)
	}
	if text == "" || len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") {
		t.Fatalf("%q is not fit to be shown", text)
	}
}
