package edge

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
)

// tunnel is a client's connection after CONNECT, with the host it asked for.
type tunnel struct {
	net.Conn
	host string
}

// tunnelListener hands tunnels to an http.Server, which accepts them like new
// connections: TLS, ALPN and HTTP/2 are then the standard library's.
type tunnelListener struct {
	addr    net.Addr
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newTunnelListener(addr net.Addr) *tunnelListener {
	return &tunnelListener{addr: addr, waiting: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *tunnelListener) hand(t *tunnel) {
	select {
	case l.waiting <- t:
	case <-l.closed:
		t.Close()
	}
}

func (l *tunnelListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.waiting:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *tunnelListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *tunnelListener) Addr() net.Addr { return l.addr }

// tlsConfig shows a certificate for the tunnel's host whatever the client's SNI
// says: whether that is the name it wanted is the client's check.
func (e *Edge) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			t, ok := hello.Conn.(*tunnel)
			if !ok {
				return nil, fmt.Errorf("connection is a %T, not a tunnel", hello.Conn)
			}
			cert, err := e.authority.Issue(t.host)
			return &cert, err
		},
	}
}

// rememberHost puts the tunnel's host where serve finds it.
func rememberHost(ctx context.Context, conn net.Conn) context.Context {
	if secure, ok := conn.(*tls.Conn); ok {
		if t, ok := secure.NetConn().(*tunnel); ok {
			return context.WithValue(ctx, hostKey{}, t.host)
		}
	}
	return ctx
}
