package storm

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/pause"
)

// room is how many hostnames may be on the gateway, or on their way there, at one
// time: certgate takes one listener for each, and somebody else has one of the 100.
const room = 90

// load asks for what the plan has, as many people at once.
type load struct {
	plan  Plan
	api   *client
	stack *localstack.Stack
	room  *semaphore.Weighted
	dir   string // of the stack, with all that it wrote
	say   func(format string, args ...any)

	mu       sync.Mutex
	accepted map[string]string // instance id -> what was asked for
	stopped  map[string]bool   // instances that the load has terminated
	uploads  []upload
	advised  int // renewals that the timer started on the authority's advice
	// broken are promises of the API that were not kept, in words.
	broken []string
}

func newLoad(p Plan, api *client, stack *localstack.Stack, dir string, say func(string, ...any)) *load {
	return &load{plan: p, api: api, stack: stack, dir: dir, say: say, room: semaphore.NewWeighted(room), accepted: map[string]string{}, stopped: map[string]bool{}}
}

// run lives every life and returns when all are over or ctx ends.
func (l *load) run(ctx context.Context) {
	var all sync.WaitGroup
	for number, life := range l.plan.Lives {
		places := int64(len(life.Hostnames) - len(life.Refused))
		if l.room.Acquire(ctx, places) != nil {
			l.breach("%d lives were not begun: there was no room on the gateway for them in time", len(l.plan.Lives)-number)
			break
		}
		all.Go(func() {
			if err := l.live(ctx, life); err != nil && ctx.Err() == nil {
				l.breach("life %d (%s of %v): %v", number, life.Begins, life.Hostnames, err)
			}
		})
	}
	all.Wait()
}

// breach notes a promise that was not kept.
func (l *load) breach(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = append(l.broken, fmt.Sprintf(format, args...))
}

func (l *load) live(ctx context.Context, life Life) error {
	if err := l.refuse(ctx, life.Refused); err != nil {
		return err
	}
	begun, err := l.begin(ctx, life)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for _, host := range life.Hostnames {
		if name := begun[host]; name != "" {
			all.Go(func() {
				if err := l.acts(ctx, host, name, life.Acts[host], life.places(host)); err != nil && ctx.Err() == nil {
					l.breach("%s: %v", host, err)
				}
			})
		}
	}
	all.Wait()
	return nil
}

// refuse makes DNS say what makes the hostnames fail.
func (l *load) refuse(ctx context.Context, hosts map[string]Refusal) error {
	dns := l.stack.Pebble.DNS()
	for host, why := range hosts {
		var err error
		switch why {
		case Elsewhere:
			err = dns.AddA(ctx, host, "192.0.2.7")
		case Forbidden:
			err = dns.AddCAA(ctx, host, "issue", "other-ca.example")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tries is how often somebody asks for the same again whose instance was failed
// by a poisoned message.
const tries = 3

// begin asks for the certificates and returns the names of those that are there.
func (l *load) begin(ctx context.Context, life Life) (names map[string]string, err error) {
	names = map[string]string{}
	if life.Begins == Many {
		return names, l.beginMany(ctx, life, names)
	}
	host := life.Hostnames[0]
	call := apiclient.Asking(host)
	switch {
	case life.Begins == TakeOver:
		call = apiclient.TakingOver(host)
	case life.Begins == Uploaded:
		call = apiclient.Call{Method: http.MethodPost, Path: "/api/ImportCertificateFunctions_HttpStart", Body: l.upload(host)}
	case life.shares():
		call = apiclient.AskingForOne(life.Hostnames...)
	}
	for range tries {
		last, err := l.ask(ctx, host, call, l.watcher(life, host))
		if err != nil {
			return nil, err
		}
		if last.Completed() {
			names[host] = last.Certificate().Name
		}
		if !last.Failed() || life.Refused[host] != "" {
			break
		}
	}
	return names, nil
}

func (l *load) beginMany(ctx context.Context, life Life, names map[string]string) error {
	parent, err := l.ask(ctx, "many "+life.Hostnames[0], apiclient.Asking(life.Hostnames...), nil)
	if err != nil {
		return err
	}
	for _, child := range parent.Children {
		l.accept(child.InstanceID, "child "+child.Hostname)
		last, err := l.follow(ctx, child.InstanceID, nil)
		if err != nil {
			return err
		}
		if last.Completed() {
			names[child.Hostname] = last.Certificate().Name
		}
	}
	return nil
}

// ask starts an instance and follows it to its end.
func (l *load) ask(ctx context.Context, what string, call apiclient.Call, watch func(context.Context, apiclient.Instance) error) (apiclient.Instance, error) {
	for {
		id, _, err := l.api.Start(ctx, l.api.counted(what, call))
		switch busy := apiclient.CodeOf(err); {
		case busy == "CertificateBusy" || busy == "KeyVaultNotAvailable": // another instance is at it: wait, as it says
			if err := pause.For(ctx, 2*time.Second); err != nil {
				return apiclient.Instance{}, err
			}
			continue
		case err != nil:
			return apiclient.Instance{}, err
		}
		l.accept(id, what)
		return l.follow(ctx, id, watch)
	}
}

func (l *load) accept(id, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted[id] = what
}

func (l *load) acceptedAll() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.accepted)
}

func (l *load) wasStopped(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped[id]
}

// looks is the pause between two looks at an instance.
const looks = time.Second

// follow looks at an instance until it has ended. watch, if not nil, is told of
// each look, and then looks come often.
func (l *load) follow(ctx context.Context, id string, watch func(context.Context, apiclient.Instance) error) (apiclient.Instance, error) {
	for {
		i, err := l.api.Instance(ctx, id, "showOutput=true")
		if err != nil || i.Ended() {
			return i, err
		}
		every := looks
		if watch != nil {
			if err := watch(ctx, i); err != nil {
				return i, err
			}
			every /= 8
		}
		if err := pause.For(ctx, every); err != nil {
			return i, err
		}
	}
}
