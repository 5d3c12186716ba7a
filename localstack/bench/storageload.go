package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
	"golang.org/x/sync/errgroup"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/localstack/storagedoor"
)

const (
	// loadWorkers make the load; more of them make no more of it.
	loadWorkers = 16
	// loadReceive is how many messages are fetched at a time: all that the service
	// gives.
	loadReceive = 32
	// loadLease is how many seconds a fetched message is left alone: the Functions
	// host's ten minutes, in which no load lasts.
	loadLease = int32(600)
	// loadHistory is how many turns a row of the load lives; a certificate's has
	// about twelve.
	loadHistory = 12
)

// storageLoad sends the same number of calls of each kind as certgate needed, with
// transactions of the same mean size, straight to the emulator and with nothing
// between them. It returns how many
// calls a second the emulator took. Kinds that hardly occur (a table made, a row
// read) are left out.
func storageLoad(ctx context.Context, connection string, run int, used storagedoor.Counts, batchBytes float64) (perSecond float64, err error) {
	turns := used["queue put"]
	if turns == 0 {
		return 0, errors.New("there is nothing to repeat: no message was sent")
	}
	l := &load{mix: used, turns: turns, received: make(chan *azqueue.DequeuedMessage, turns)}
	if l.state, err = stateFor(batchBytes); err != nil {
		return 0, err
	}
	if err := l.open(ctx, connection, run); err != nil {
		return 0, err
	}
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for worker := range loadWorkers {
		share := turns / loadWorkers
		if worker < turns%loadWorkers {
			share++
		}
		group.Go(func() error { return l.work(ctx, worker, share) })
	}
	if err := group.Wait(); err != nil {
		return 0, fmt.Errorf("load on the storage: %w", err)
	}
	return float64(l.calls.Load()) / time.Since(began).Seconds(), nil
}

type load struct {
	mix   storagedoor.Counts
	turns int
	state json.RawMessage // of every row
	calls atomic.Int64    // made so far
	// received are the messages that are not deleted yet.
	received chan *azqueue.DequeuedMessage
	store    *azurestore.Store
	queue    *azurestore.Queue
	pull     *azqueue.QueueClient
}

// open makes a table and a queue of its own, as empty as certgate's were.
func (l *load) open(ctx context.Context, connection string, run int) (err error) {
	c := azurestore.Config{ConnectionString: connection, Table: fmt.Sprintf("load%d", run), Queue: fmt.Sprintf("load-%d", run)}
	if l.store, err = azurestore.New(c); err != nil {
		return err
	}
	if l.queue, err = azurestore.NewQueue(c); err != nil {
		return err
	}
	if l.pull, err = azqueue.NewQueueClientFromConnectionString(connection, c.Queue, nil); err != nil {
		return err
	}
	return errors.Join(l.store.Ensure(ctx), l.queue.Ensure(ctx))
}

// work does the calls of a share of the turns: a message is put, fetched and
// deleted, a row is written, and the rest as often as its part in the mix.
func (l *load) work(ctx context.Context, worker, share int) error {
	var (
		row  *durable.Instance
		owed = map[string]float64{} // calls of each kind that are due
		err  error
	)
	take := func(kind string) bool {
		if owed[kind] < 1 {
			return false
		}
		owed[kind]--
		l.calls.Add(1)
		return true
	}
	for turn := range share {
		for kind, n := range l.mix {
			owed[kind] += float64(n) / float64(l.turns)
		}
		for take("table batch") {
			if row, err = l.write(ctx, row, worker, turn); err != nil {
				return err
			}
		}
		for take("queue put") {
			if err := l.queue.Send(ctx, row.Current(), 0); err != nil {
				return err
			}
		}
		for take("queue receive") {
			if err := l.receive(ctx); err != nil {
				return err
			}
		}
		for len(l.received) > 0 && take("queue delete") {
			if err := l.delete(ctx); err != nil {
				return err
			}
		}
		for take("table query") {
			if _, err := l.store.Due(ctx, row.CreatedAt, 1); err != nil { // a request for each shard
				return err
			}
			owed["table query"] -= durable.Shards - 1
			l.calls.Add(durable.Shards - 1)
		}
	}
	for len(l.received) > 0 && take("queue delete") {
		if err := l.delete(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) receive(ctx context.Context) error {
	answer, err := l.pull.DequeueMessages(ctx, &azqueue.DequeueMessagesOptions{NumberOfMessages: to.Ptr(int32(loadReceive)), VisibilityTimeout: to.Ptr(loadLease)})
	for _, m := range answer.Messages {
		l.received <- m // there is room for all that are put
	}
	return err
}

// delete removes a message that a worker has received; none if another worker was
// faster.
func (l *load) delete(ctx context.Context) error {
	select {
	case m := <-l.received:
		_, err := l.pull.DeleteMessage(ctx, *m.MessageID, *m.PopReceipt, nil)
		return err
	default:
		return nil
	}
}

// write creates a row, or replaces it with its indexes and its history, as a turn
// does.
func (l *load) write(ctx context.Context, row *durable.Instance, worker, turn int) (*durable.Instance, error) {
	now := time.Now().UTC()
	if row == nil || row.Seq >= loadHistory {
		claim := fmt.Sprintf("load:%d:%d", worker, turn)
		row = &durable.Instance{
			ID: durable.NewID(claim), Flow: "Load", Claim: claim, Status: durable.Running, Step: "LoadStep", Seq: 1,
			State: l.state, CreatedAt: now, UpdatedAt: now, StepSince: now, DueAt: now,
		}
		return row, l.store.Create(ctx, row, durable.Event{Seq: 1, Time: now, Kind: durable.EventStarted, Step: row.Step})
	}
	row.Seq++
	row.UpdatedAt, row.DueAt = now, now
	return row, l.store.Commit(ctx, row, durable.Change{Event: durable.Event{Seq: row.Seq, Time: now, Kind: durable.EventStepDone, Step: row.Step}})
}

// filler is a JSON document of about a size.
func filler(size int) json.RawMessage {
	return json.RawMessage(`{"filler":"` + strings.Repeat("certgate", max(size, 0)/8+1) + `"}`)
}
