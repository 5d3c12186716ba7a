package pubsubsim

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const (
	protocol = "json.webpubsub.azure.v1"
	reliable = "json.reliable.webpubsub.azure.v1"
)

// listener is one connection.
type listener struct {
	hub      string
	claims   claims
	reliable bool
	sequence int // of the last message; under the server's lock
	out      chan any
}

// connect serves a WebSocket until either side ends it. It never comes back to a
// connection that was lost, as the service does for the reliable subprotocol within a
// minute: the client begins a new one.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	hub := r.PathValue("hub")
	c, ok := s.admitted(r, hub)
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{reliable, protocol}, InsecureSkipVerify: true}) // any page may connect, as at the service
	if err != nil {
		return
	}
	defer conn.CloseNow()
	if conn.Subprotocol() == "" { // the bare form, which nothing here uses
		conn.Close(websocket.StatusPolicyViolation, "a JSON subprotocol is needed")
		return
	}
	l := &listener{hub: hub, claims: c, reliable: conn.Subprotocol() == reliable, out: make(chan any, 100)}
	hello := map[string]any{"type": "system", "event": "connected", "userId": c.Subject, "connectionId": rand.Text()}
	if l.reliable {
		hello["reconnectionToken"] = rand.Text()
	}
	l.out <- hello
	s.mu.Lock()
	s.listeners[l] = true
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	defer s.forget(l)
	go func() {
		defer cancel()
		for l.read(ctx, conn) == nil {
		}
	}()
	for {
		select {
		case message, open := <-l.out:
			if !open {
				conn.Close(websocket.StatusGoingAway, "")
				return
			}
			if wsjson.Write(ctx, conn, message) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// read answers one message of the client. Without a role in its token it may do nothing
// but listen.
func (l *listener) read(ctx context.Context, conn *websocket.Conn) error {
	var in struct {
		Type  string          `json:"type"`
		Group string          `json:"group"`
		AckID json.RawMessage `json:"ackId"`
	}
	if err := wsjson.Read(ctx, conn, &in); err != nil {
		return err
	}
	switch in.Type {
	case "sequenceAck":
	case "ping":
		return wsjson.Write(ctx, conn, map[string]string{"type": "pong"})
	default:
		if len(in.AckID) > 0 {
			return wsjson.Write(ctx, conn, map[string]any{"type": "ack", "ackId": in.AckID, "success": false,
				"error": map[string]string{"name": "Forbidden", "message": "The client does not have permission to " + in.Type + " " + in.Group + "."}})
		}
	}
	return nil
}

func (s *Server) forget(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// deliver gives a message to all in a group. Who is a hundred messages behind loses it.
func (s *Server) deliver(hub, group string, data json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, group)
	for l := range s.listeners {
		if l.hub != hub || !slices.Contains(l.claims.Groups, group) {
			continue
		}
		message := map[string]any{"type": "message", "from": "group", "group": group, "dataType": "json", "data": data}
		if l.reliable {
			l.sequence++
			message["sequenceId"] = l.sequence
		}
		select {
		case l.out <- message:
		default:
		}
	}
}

// Listeners is how many are connected.
func (s *Server) Listeners() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

// Drop ends every connection, as a service that is updated does.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		delete(s.listeners, l)
		close(l.out)
	}
}
