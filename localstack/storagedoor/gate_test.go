package storagedoor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
	"certgate/localstack/storagedoor"
)

func TestAShutDoorBreaksConnectionsAndWaitsForWhatTheEmulatorHasInHand(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	c.create(t)
	stored, pass := make(chan struct{}), make(chan struct{})
	door.SetHooks(storagedoor.Hooks{OnAnswer: func(service string, r *http.Request, _ int) {
		if storagedoor.Kind(service, r) == "table insert" {
			close(stored)
			<-pass
		}
	}})
	returned, shut := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.table.AddEntity(context.WithoutCancel(t.Context()), entity(t, "p", "r"), nil)
		returned <- err
	}()
	await(t, stored)

	early, cancel := context.WithCancel(t.Context())
	cancel()
	if err := door.Shut(early); !errors.Is(err, context.Canceled) {
		t.Errorf("shut with a request under way: %v", err)
	}
	_, err := c.queue.EnqueueMessage(t.Context(), "open", nil)
	ok(t, err) // who gives up leaves it open

	go func() { shut <- door.Shut(context.WithoutCancel(t.Context())) }()
	broken := func() bool {
		_, err := c.queue.EnqueueMessage(t.Context(), "shut", nil)
		if refused := new(azcore.ResponseError); errors.As(err, &refused) {
			t.Fatalf("%v, want a broken connection", err)
		}
		return err != nil
	}
	for deadline := time.Now().Add(10 * time.Second); !broken(); {
		if time.Now().After(deadline) {
			t.Fatal("the door does not shut")
		}
	}
	select {
	case err := <-shut:
		t.Errorf("shut (%v) before the request under way had its answer", err)
	default:
	}
	close(pass)
	ok(t, await(t, returned))
	ok(t, await(t, shut))
	ok(t, door.Shut(t.Context())) // twice is fine
	door.Open()
	_, err = c.table.GetEntity(t.Context(), "p", "r", nil)
	ok(t, err)
}

// With many writers: what a client was told is stored is still there.
func TestAnEmulatorBehindAShutDoorIsRestartedWithoutLoss(t *testing.T) {
	t.Parallel()
	own, err := azurite.Start(t.Context(), azurite.Options{Dir: t.TempDir(), OnDisk: true})
	processtest.RequireTools(t, err)
	t.Cleanup(own.Stop)
	door := openDoor(t, own.Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	c.create(t)

	const writers, restarts = 3, 2
	var mu sync.Mutex
	rows, messages, failed := map[string]bool{}, 0, 0
	over := make(chan struct{})
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond): // leaves the emulator the processor
				}
				row := fmt.Sprintf("%d-%d", writer, n)
				_, rowErr := c.table.AddEntity(t.Context(), entity(t, "p", row), nil)
				_, messageErr := c.queue.EnqueueMessage(t.Context(), row, nil)
				mu.Lock()
				if rowErr == nil {
					rows[row] = true
				}
				if messageErr == nil {
					messages++
				}
				if rowErr != nil || messageErr != nil {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	acknowledged := func() int { mu.Lock(); defer mu.Unlock(); return len(rows) }
	for range restarts {
		for enough := acknowledged() + 30; acknowledged() < enough; {
			_, _ = c.table.GetEntity(t.Context(), "p", "0-0", nil) // a pause as long as a request
		}
		ok(t, door.Shut(t.Context()))
		ok(t, own.Restart(t.Context()))
		door.Open()
	}
	close(over)
	all.Wait()

	found := map[string]bool{}
	for pager := c.table.NewListEntitiesPager(nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		ok(t, err)
		for _, raw := range page.Entities {
			found[rowKey(t, raw)] = true
		}
	}
	for row := range rows {
		if !found[row] {
			t.Errorf("row %s was stored and is gone", row)
		}
	}
	properties, err := c.queue.GetProperties(t.Context(), nil)
	ok(t, err)
	if n := int(*properties.ApproximateMessagesCount); n < messages {
		t.Errorf("%d of %d messages are there", n, messages)
	}
	if failed == 0 {
		t.Error("no writer has noticed anything")
	}
	t.Logf("%d rows, %d messages acknowledged, %d writes broken, %d restarts", len(rows), messages, failed, restarts)
}
