package dnsdoor_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/miekg/dns"

	"certgate/localstack/dnsdoor"
	"certgate/localstack/process"
)

// upstream answers each question with one TXT record, over UDP and TCP.
func upstream(t *testing.T) string {
	t.Helper()
	var address string
	err := process.OnFreePorts(1, func(ports []int) error {
		address = net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))
		datagrams, err := net.ListenPacket("udp4", address)
		if err != nil {
			return err
		}
		streams, err := net.Listen("tcp4", address)
		if err != nil {
			return err
		}
		answer := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{"here"}}}
			_ = w.WriteMsg(m)
		})
		for _, s := range []*dns.Server{{PacketConn: datagrams, Handler: answer}, {Listener: streams, Handler: answer}} {
			go s.ActivateAndServe()
			t.Cleanup(func() { _ = s.Shutdown() })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestQuestionsPassUnlessDNSIsAway(t *testing.T) {
	t.Parallel()
	server := upstream(t)
	var door *dnsdoor.Door
	var address string
	err := process.OnFreePorts(1, func(ports []int) (err error) {
		address = net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))
		door, err = dnsdoor.Start(ports[0], server)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(door.Close)
	answers := func(network string) bool {
		client := dns.Client{Net: network, Timeout: 300 * time.Millisecond}
		answer, _, err := client.Exchange(new(dns.Msg).SetQuestion("shop.example.test.", dns.TypeTXT), address)
		return err == nil && len(answer.Answer) == 1
	}
	for _, away := range []bool{false, true, false} {
		door.SetAway(away)
		for _, network := range []string{"udp", "tcp"} {
			heard := answers(network)
			for try := 0; !heard && !away && try < 20; try++ { // a busy machine may be late
				heard = answers(network)
			}
			if heard == away {
				t.Errorf("away=%t, %s: answered=%t", away, network, heard)
			}
		}
	}
}
