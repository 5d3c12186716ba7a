package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/live"
)

const (
	// keepEvery is how often a stream says something. The Functions host ends one that
	// is silent for 240 seconds, the front end in front of it after 230.
	keepEvery = 15 * time.Second
	// streamFor is how long one lasts: functionTimeout is 5 minutes.
	streamFor = 210 * time.Second
	// bufferedFor is how long one lasts through Static Web Apps, which hands nothing on
	// before the reply is complete, and gives up after 45 seconds.
	bufferedFor = 40 * time.Second
	// sendWithin bounds one event: who does not read it is cut off.
	sendWithin = 20 * time.Second
)

// getEvents follows an instance by server-sent events (WHATWG HTML, section 9.2): its
// status, then each change. What was sent last is not sent again to who names it in
// Last-Event-ID; to who has the last event of an instance that has ended, 204 says not to
// ask again.
func (s *server) getEvents(w http.ResponseWriter, r *http.Request) error {
	if s.watchers == nil {
		return problem(CodeRouteNotFound, "This installation sends no events.", "Set EventStreams in the settings of the app, or ask GET /api/instances/{id} again and again.")
	}
	id := chi.URLParam(r, "id")
	looks, leave, err := s.watchers.Watch(id)
	if errors.Is(err, live.ErrFull) {
		w.Header().Set("Retry-After", "30")
		return problem(CodeTooManyWatchers, "As many follow instances as this process takes.", "Try again later, or ask GET /api/instances/{id} again and again. EventStreams in the settings is how many it takes.")
	}
	if err != nil {
		return err
	}
	defer leave()
	first, err := awaited(r, looks, id)
	if err != nil {
		return err
	}
	sent := r.Header.Get("Last-Event-ID")
	if first.Status.Ended() && eventOf(first).id == sent {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if isHead(r) {
		return nil
	}
	stream := &events{w: w, control: http.NewResponseController(w), sent: sent}
	stream.write("retry: 3000\n\n")
	stream.tell(first)
	s.follow(r, id, looks, stream)
	return nil
}

// follow ends with the instance, with the caller, or with the time of a stream.
func (s *server) follow(r *http.Request, id string, looks <-chan live.Look, stream *events) {
	lasts := streamFor
	if s.addresses.OriginalURL && r.Header.Get("x-ms-original-url") != "" {
		lasts = bufferedFor
	}
	over, keep := time.After(lasts), time.NewTicker(keepEvery)
	defer keep.Stop()
	for !stream.over {
		select {
		case look := <-looks:
			if errors.Is(look.Err, durable.ErrNotFound) {
				stream.end() // it was purged
			} else if inst, err := readable(look, id); err == nil { // else the next look may see it
				stream.tell(inst)
			}
		case <-keep.C:
			stream.write(": keep\n\n")
		case <-over:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// awaited is the first look.
func awaited(r *http.Request, looks <-chan live.Look, id string) (*durable.Instance, error) {
	select {
	case look := <-looks:
		return readable(look, id)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// readable shows a damaged row as GET does.
func readable(look live.Look, id string) (*durable.Instance, error) {
	if durable.Unreadable(look.Err) {
		return damaged(id), nil
	}
	return look.Instance, look.Err
}

// events is one stream.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	sent    string // id of the last event
	over    bool
}

type event struct {
	id   string
	data []byte
}

// eventOf is an instance as GET shows it. The id is its turn, with a digest for what
// changes within a turn.
func eventOf(inst *durable.Instance) event {
	data, err := json.Marshal(publish(inst, true))
	if err != nil { // what is published always encodes
		data = []byte("null")
	}
	sum := sha256.Sum256(data)
	return event{id: fmt.Sprintf("%d-%s", inst.Seq, base64.RawURLEncoding.EncodeToString(sum[:6])), data: data}
}

// tell sends an instance if it is not what was sent last, and ends with it.
func (e *events) tell(inst *durable.Instance) {
	if now := eventOf(inst); now.id != e.sent {
		e.sent = now.id
		e.write(fmt.Sprintf("id: %s\nevent: status\ndata: %s\n\n", now.id, now.data))
	}
	if inst.Status.Ended() {
		e.end()
	}
}

func (e *events) end() {
	e.write("event: end\ndata: {}\n\n")
	e.over = true
}

// write sends at once. A caller who is gone or does not read ends the stream.
func (e *events) write(text string) {
	_ = e.control.SetWriteDeadline(time.Now().Add(sendWithin)) // a connection that has none
	_, err := e.w.Write([]byte(text))
	if err == nil {
		err = e.control.Flush()
	}
	e.over = e.over || err != nil
}
