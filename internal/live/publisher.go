package live

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"certgate/internal/durable"
)

const (
	// publishEvery is the least time between two messages about one instance.
	publishEvery = time.Second
	publishTakes = 2 * time.Second
	// mostPending bounds what waits to be told while the service is slow.
	mostPending = 1000
	// AllGroup hears of every instance.
	AllGroup = "instances"
)

// Group hears of one instance.
func Group(id string) string { return "instance." + id }

// Change is what listeners are told: that there is something to look at, and no more
// than a list of instances shows.
type Change struct {
	InstanceID    string `json:"instanceId"`
	RuntimeStatus string `json:"runtimeStatus"`
	Status        string `json:"status"` // the step
	Turn          int64  `json:"turn"`   // rises with every change
}

// Publisher tells listeners of stored turns, as well as it can: in its own time, the
// newest of each instance, and what the service does not take is dropped. Nothing waits
// for it.
type Publisher struct {
	send func(ctx context.Context, group string, text []byte) error
	log  *slog.Logger

	mu      sync.Mutex
	pending map[string]Change
	running bool
	failing bool // so that the log has the first failure of many
}

// NewPublisher sends in the given way.
func NewPublisher(send func(ctx context.Context, group string, text []byte) error, log *slog.Logger) *Publisher {
	return &Publisher{send: send, log: log, pending: map[string]Change{}}
}

// Engine is a store whose committed turns and new instances are told of.
func (p *Publisher) Engine(store durable.Store) durable.Store { return &told{store, p} }

type told struct {
	durable.Store
	publisher *Publisher
}

func (t *told) Create(ctx context.Context, inst *durable.Instance, started durable.Event, mail ...durable.Item) error {
	err := t.Store.Create(ctx, inst, started, mail...)
	if err == nil {
		t.publisher.changed(inst)
	}
	return err
}

func (t *told) Commit(ctx context.Context, inst *durable.Instance, change durable.Change) error {
	err := t.Store.Commit(ctx, inst, change)
	if err == nil {
		t.publisher.changed(inst)
	}
	return err
}

func (p *Publisher) changed(inst *durable.Instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, waits := p.pending[inst.ID]; !waits && len(p.pending) >= mostPending {
		return
	}
	p.pending[inst.ID] = Change{InstanceID: inst.ID, RuntimeStatus: string(inst.Status), Status: inst.Custom.Status, Turn: inst.Seq}
	if !p.running {
		p.running = true
		go p.run()
	}
}

// run ends when there is nothing to tell.
func (p *Publisher) run() {
	for {
		p.mu.Lock()
		batch := p.pending
		p.pending = map[string]Change{}
		p.running = len(batch) > 0
		p.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for id, change := range batch {
			if !p.publish(Group(id), change) || !p.publish(AllGroup, change) {
				break // the service is away: the rest would only wait as well
			}
		}
		time.Sleep(publishEvery)
	}
}

func (p *Publisher) publish(group string, change Change) bool {
	text, err := json.Marshal(change)
	if err != nil { // strings and a number always encode
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), publishTakes)
	defer cancel()
	err = p.send(ctx, group, text)
	if err != nil && !p.failing {
		p.log.Warn("listeners are not told of changes", "error", err)
	}
	p.failing = err != nil
	return err == nil
}
