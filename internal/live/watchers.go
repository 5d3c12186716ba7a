// Package live tells those who watch an instance of its changes while they happen.
package live

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"certgate/internal/durable"
)

const (
	// lookEvery is how long a change may be unseen. One look serves all who watch the
	// same instance in this process.
	lookEvery = time.Second
	// lookWithin bounds one look; the next comes a second after it.
	lookWithin = 30 * time.Second
)

// ErrFull is returned when as many watch as the process takes.
var ErrFull = errors.New("as many watch as this process takes")

// Instances is where an instance is looked at.
type Instances interface {
	Load(ctx context.Context, id string) (*durable.Instance, error)
}

// Look is what was seen: an instance, which is not to be changed, or an error.
type Look struct {
	Instance *durable.Instance
	Err      error
}

// Watchers are all who watch in this process.
type Watchers struct {
	instances Instances
	most      int

	mu      sync.Mutex
	places  int // taken
	watched map[string]*watched
}

// watched is one instance with those who watch it.
type watched struct {
	watchers []chan Look
	last     *Look         // nil before the first look
	left     chan struct{} // closed when nobody watches any more
}

// NewWatchers takes so many at once.
func NewWatchers(instances Instances, most int) *Watchers {
	return &Watchers{instances: instances, most: most, watched: map[string]*watched{}}
}

// Watch gives a look at once and one a second, the newest where somebody is slow, until
// leave is called, which must be once. The error is ErrFull.
func (w *Watchers) Watch(id string) (looks <-chan Look, leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.places >= w.most {
		return nil, nil, ErrFull
	}
	w.places++
	at := w.watched[id]
	if at == nil {
		at = &watched{left: make(chan struct{})}
		w.watched[id] = at
		go w.follow(id, at)
	}
	own := make(chan Look, 1)
	if at.last != nil {
		own <- *at.last
	}
	at.watchers = append(at.watchers, own)
	return own, func() { w.leave(id, at, own) }, nil
}

func (w *Watchers) leave(id string, at *watched, own chan Look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places--
	at.watchers = slices.DeleteFunc(at.watchers, func(c chan Look) bool { return c == own })
	if len(at.watchers) == 0 {
		delete(w.watched, id)
		close(at.left)
	}
}

// follow looks until nobody watches.
func (w *Watchers) follow(id string, at *watched) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
		inst, err := w.instances.Load(ctx, id)
		cancel()
		w.tell(at, Look{inst, err})
		select {
		case <-time.After(lookEvery):
		case <-at.left:
			return
		}
	}
}

func (w *Watchers) tell(at *watched, look Look) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at.last = &look
	for _, own := range at.watchers {
		select {
		case <-own: // what was not taken is old now
		default:
		}
		own <- look
	}
}
