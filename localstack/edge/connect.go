package edge

import (
	"fmt"
	"net"
	"net/http"
	"strings"
)

// connect answers the proxy side (RFC 9110 section 9.3.6): it opens a tunnel to
// a host that has a route and refuses everything else.
func (e *Edge) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		e.log.Warn("edge refused a plain request", "host", r.Host)
		http.Error(w, "edge: only CONNECT is served here; plain http is not proxied", http.StatusNotImplemented)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		e.log.Error("edge cannot take over the connection", "error", err)
		return
	}
	host, port, err := net.SplitHostPort(r.Host)
	host = strings.ToLower(host)
	_, routed := e.table.find(host)
	switch {
	case err != nil || port != "443":
		e.refuse(conn, fmt.Sprintf("edge: %s is not a host with port 443", printable(r.Host)))
	case !routed:
		e.refuse(conn, fmt.Sprintf("edge: no route for %s, and nothing leaves this machine", printable(host)))
	case buffered.Reader.Buffered() > 0:
		// A client must not speak before the answer (RFC 9110 section 9.3.6).
		e.refuse(conn, "edge: data before the tunnel was open")
	default:
		if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
			conn.Close()
			return
		}
		e.tunnels.hand(&tunnel{Conn: conn, host: host})
	}
}

// refuse answers 502. The sentence is the reason phrase too, because that is the
// part which Go's http client puts into its error.
func (e *Edge) refuse(conn net.Conn, sentence string) {
	defer conn.Close()
	e.log.Warn(sentence)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 502 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n",
		sentence, len(sentence)+1, sentence)
}

// printable keeps a client's text from adding header lines.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
