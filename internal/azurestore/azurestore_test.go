package azurestore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/internal/azurestore"
	"certgate/internal/cagate"
	"certgate/internal/cagate/gatetest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/inventory"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/localstack/azurite/azuritetest"
)

// TestAgainstAzurite runs everything that needs a real storage service against
// one emulator. Every test has a table or queue of its own, which is missing at
// first, so that all of them also show that it is made when needed.
func TestAgainstAzurite(t *testing.T) {
	emulator := azuritetest.Start(t)
	t.Run("the store conforms", func(t *testing.T) {
		t.Parallel()
		durabletest.Exercise(t, func(t *testing.T, now func() time.Time) durabletest.Backend {
			return newDamageable(t, emulator, now)
		})
	})
	t.Run("the queue conforms", func(t *testing.T) {
		t.Parallel()
		durabletest.ExerciseQueue(t, func(t *testing.T) durabletest.QueueBackend { return openQueue(t, emulator) })
	})
	t.Run("the records conform", func(t *testing.T) {
		t.Parallel()
		managedtest.Exercise(t, func(t *testing.T) managed.Records {
			store, _ := open(t, emulator, time.Now)
			return store
		})
	})
	t.Run("the listeners conform", func(t *testing.T) {
		t.Parallel()
		inventorytest.Exercise(t, func(t *testing.T) inventory.Rows {
			store, _ := open(t, emulator, time.Now)
			return store
		})
	})
	t.Run("the documents conform", func(t *testing.T) {
		t.Parallel()
		gatetest.Exercise(t, func(t *testing.T) cagate.Documents {
			store, _ := open(t, emulator, time.Now)
			return store
		})
	})
	for _, test := range []struct {
		name string
		run  func(*testing.T, azuritetest.Emulator)
	}{
		{"a record costs one request to read, save or list", testRecordRequests},
		{"a lost answer is not a conflict of records", testRecordLostAnswers},
		{"index rows that somebody removed do not stop a record", testRecordRemovedRows},
		{"a search looks at a bounded number of records for a page", testRecordSearchIsBounded},
		{"each write and each read is one request", testRequests},
		{"a lost answer is not a conflict", testLostAnswers},
		{"a lost answer is not a conflict of documents", testDocumentLostAnswers},
		{"a lost answer does not hide another process's turn", testLostAnswerThenOvertaken},
		{"rows that somebody removed do not stop an instance", testRemovedRows},
		{"what does not fit is refused with its size", testTooLarge},
		{"a damaged row harms nothing else", testDamagedRows},
		{"rows from nowhere harm nothing", testRowsFromNowhere},
		{"what a damaged row holds can be freed", testDamagedRowsCanBeFreedAndRemoved},
		{"a damaged record is replaced", testDamagedRecordsAreReplaced},
		{"making the table or the queue twice is fine", testEnsure},
		{"a wrong key is a refusal without secrets", testWrongKey},
		{"a message is what the Functions host expects", testQueueWire},
		{"poison messages that cannot be read are removed", testRemoveUnreadable},
		{"poison messages in the host's hands are waited for", testRemoveUnreadableWaitsForALeaseToEnd},
		{"the queue's depth counts what waits and what is poison", testDepth},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, emulator)
		})
	}
}

// wire is a transport that counts requests and loses answers on demand.
type wire struct {
	mu       sync.Mutex
	requests []string
	lose     int // the answer to the request that is so many ahead gets lost
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	if r.Body != nil {
		// A body of its own: after a lost answer the SDK rewinds the first one
		// while the connection may still look for its end.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		sent.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := http.DefaultClient.Do(sent)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, r.Method+" "+r.URL.RequestURI())
	w.lose--
	if err == nil && w.lose == 0 {
		_ = answer.Body.Close()
		return nil, errors.New("the connection broke")
	}
	return answer, err
}

// count runs do and returns the requests that it sent.
func (w *wire) count(t *testing.T, do func() error) []string {
	t.Helper()
	w.mu.Lock()
	w.requests = nil
	w.mu.Unlock()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests
}

// loseAnswer makes the answer to the nth request from now get lost.
func (w *wire) loseAnswer(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose = n
}

func options(w *wire) azcore.ClientOptions {
	return azcore.ClientOptions{Transport: w, Retry: policy.RetryOptions{RetryDelay: time.Millisecond}}
}

func open(t *testing.T, emulator azuritetest.Emulator, now func() time.Time) (*azurestore.Store, *wire) {
	t.Helper()
	return openTable(t, emulator, "t"+rand.Text(), now)
}

func openTable(t *testing.T, emulator azuritetest.Emulator, table string, now func() time.Time) (*azurestore.Store, *wire) {
	t.Helper()
	w := &wire{}
	store, err := azurestore.New(azurestore.Config{
		ConnectionString: emulator.ConnectionString, Table: table, Now: now, ClientOptions: options(w),
	})
	if err != nil {
		t.Fatal(err)
	}
	return store, w
}

// started stores an instance that holds the claim.
func started(t *testing.T, store *azurestore.Store, claim string, mail ...durable.Item) *durable.Instance {
	t.Helper()
	inst := instance(claim)
	if err := store.Create(t.Context(), inst, durable.Event{Seq: 1, Kind: durable.EventStarted}, mail...); err != nil {
		t.Fatal(err)
	}
	return inst
}

func instance(claim string) *durable.Instance {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return &durable.Instance{
		ID: durable.NewID(claim), Flow: "TestFlow", Claim: claim, Status: durable.Pending, Step: "FirstStep", Seq: 1,
		Input: []byte(`{}`), State: []byte(`{}`), CreatedAt: now, UpdatedAt: now, StepSince: now, DueAt: now,
	}
}

func openQueue(t *testing.T, emulator azuritetest.Emulator) durabletest.QueueBackend {
	t.Helper()
	queue, raw, _ := queueAndClient(t, emulator)
	return durabletest.QueueBackend{
		Queue: queue,
		Pass:  pass,
		Receive: func(ctx context.Context) (m durable.Message, ok bool, err error) {
			dequeued, ok, err := dequeue(ctx, raw)
			if ok {
				m = decodeMessage(t, *dequeued.MessageText)
				_, err = raw.DeleteMessage(ctx, *dequeued.MessageID, *dequeued.PopReceipt, nil)
			}
			return m, ok, err
		},
	}
}

// pass lets a moment of real time go by between two looks at the queue, whose
// clock is the emulator's.
func pass(d time.Duration) { <-time.After(d) }

func dequeue(ctx context.Context, raw *azqueue.QueueClient) (*azqueue.DequeuedMessage, bool, error) {
	answer, err := raw.DequeueMessage(ctx, nil)
	if err != nil || len(answer.Messages) == 0 {
		return nil, false, err
	}
	return answer.Messages[0], true, nil
}
