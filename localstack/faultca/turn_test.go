package faultca_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"certgate/localstack/faultca"
	"certgate/localstack/waittest"
)

// heldCA counts the requests that are inside, and keeps them there until it is told.
type heldCA struct {
	inside, most, all atomic.Int32
	free              chan struct{}
}

func (c *heldCA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.all.Add(1)
	if n := c.inside.Add(1); n > c.most.Load() {
		c.most.Store(n)
	}
	defer c.inside.Add(-1)
	<-c.free
}

func TestOneRequestAboutOrdersIsWithTheCAAtATime(t *testing.T) {
	t.Parallel()
	held := &heldCA{free: make(chan struct{})}
	door := faultca.New().Wrap(held)
	ask := func(ctx context.Context, path string) {
		door.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader("{}")))
	}
	var about, others sync.WaitGroup
	for _, path := range []string{"/order-plz", "/my-order/1", "/finalize-order/1", "/authZ/1", "/chalZ/1"} {
		for range 4 {
			about.Go(func() { ask(t.Context(), path) })
		}
	}
	waittest.Until(t, waittest.Patience, "one is inside", func() bool { return held.inside.Load() == 1 })
	gone, leave := context.WithCancel(t.Context())
	leave()
	ask(gone, "/my-order/2") // returns although the place is taken
	for _, path := range []string{"/dir", "/nonce-plz", "/certZ/1"} {
		others.Go(func() { ask(t.Context(), path) })
	}
	waittest.Until(t, waittest.Patience, "what takes no lock is inside as well", func() bool { return held.inside.Load() == 4 })
	for range 3 {
		held.free <- struct{}{}
	}
	close(held.free)
	about.Wait()
	others.Wait()
	if n := held.all.Load(); n != 23 {
		t.Errorf("%d requests reached the CA, want 23: all but the one whose client had left", n)
	}
}

func TestRequestsAboutOrdersNeverMeet(t *testing.T) {
	t.Parallel()
	held := &heldCA{free: make(chan struct{})}
	close(held.free)
	door := faultca.New().Wrap(held)
	var all sync.WaitGroup
	for range 200 {
		for _, path := range []string{"/order-plz", "/my-order/1", "/authZ/1"} {
			all.Go(func() {
				door.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}")))
			})
		}
	}
	all.Wait()
	if n := held.most.Load(); n != 1 {
		t.Errorf("%d were with the CA at the same time", n)
	}
}
