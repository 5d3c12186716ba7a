// Package dnsdoor stands between the handler and its DNS server, so that DNS can be
// away for the handler alone: the authority has resolvers of its own.
package dnsdoor

import (
	"fmt"
	"net"
	"strconv"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Door is a running DNS server that asks another one.
type Door struct {
	upstream string
	away     atomic.Bool
	servers  []*dns.Server
}

// Start listens on the port of 127.0.0.1, over UDP and TCP, and passes questions on to
// the upstream server, host:port, until Close.
func Start(port int, upstream string) (*Door, error) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	datagrams, err := net.ListenPacket("udp4", address)
	if err != nil {
		return nil, fmt.Errorf("open the DNS door: %w", err)
	}
	streams, err := net.Listen("tcp4", address)
	if err != nil {
		datagrams.Close()
		return nil, fmt.Errorf("open the DNS door: %w", err)
	}
	d := &Door{upstream: upstream}
	d.servers = []*dns.Server{{PacketConn: datagrams, Handler: d.over("udp")}, {Listener: streams, Handler: d.over("tcp")}}
	for _, server := range d.servers {
		go server.ActivateAndServe() // ends with Close
	}
	return d, nil
}

// over passes a question on by the protocol by which it came. Where there is no
// answer, and while DNS is away, the client hears nothing.
func (d *Door) over(network string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		if d.away.Load() {
			return
		}
		client := dns.Client{Net: network, UDPSize: dns.MaxMsgSize}
		if answer, _, err := client.Exchange(question, d.upstream); err == nil && !d.away.Load() {
			_ = w.WriteMsg(answer) // the client may have gone
		}
	}
}

// SetAway lets DNS be away, or come back.
func (d *Door) SetAway(away bool) { d.away.Store(away) }

// Close ends it.
func (d *Door) Close() {
	for _, server := range d.servers {
		_ = server.Shutdown() // one that has not begun yet is ended by its closed socket
		if server.PacketConn != nil {
			server.PacketConn.Close()
		}
		if server.Listener != nil {
			server.Listener.Close()
		}
	}
}
