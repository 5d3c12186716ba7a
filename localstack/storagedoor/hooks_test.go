package storagedoor_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/localstack/azurite"
	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

func TestOnAnswerRunsWhenTheStepIsStoredAndTheClientDoesNotKnow(t *testing.T) {
	t.Parallel()
	direct := clientsOf(t, startEmulator(t).ConnectionString(), noRetry)
	direct.create(t)
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)

	stored, pass := make(chan struct{}), make(chan struct{})
	door.SetHooks(storagedoor.Hooks{OnAnswer: func(service string, r *http.Request, status int) {
		if storagedoor.Kind(service, r) == "table insert" && status == http.StatusCreated {
			close(stored)
			<-pass
		}
	}})
	returned := make(chan error, 1)
	go func() {
		_, err := c.table.AddEntity(context.WithoutCancel(t.Context()), entity(t, "p", "r"), nil)
		returned <- err
	}()
	await(t, stored)
	_, err := direct.table.GetEntity(t.Context(), "p", "r", nil)
	ok(t, err)
	select {
	case err := <-returned:
		t.Errorf("the client has its answer already: %v", err)
	default:
	}
	close(pass)
	ok(t, await(t, returned))
}

// A handler that is killed leaves requests behind that storage carries out all the same.
func TestARequestWhoseClientHasGoneIsCarriedOutAndToldOf(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(upstream.Close)
	port := upstream.Listener.Addr().(*net.TCPAddr).Port
	door := openDoor(t, azurite.Ports{Blob: port, Queue: port, Table: port})
	client, told := make(chan context.Context, 1), make(chan int, 1)
	door.SetHooks(storagedoor.Hooks{
		Before:   func(_ string, r *http.Request) fault.Fault { client <- r.Context(); return fault.Fault{} },
		OnAnswer: func(_ string, _ *http.Request, status int) { told <- status },
	})
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(door.Ports().Table))+"/devstoreaccount1/t()", nil)
	ok(t, err)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Error("the client has an answer")
		}
	}()
	await(t, begun)
	leave()
	await(t, gone)
	<-await(t, client).Done() // the door knows that it has gone
	close(finish)
	if status := await(t, told); status != http.StatusOK {
		t.Errorf("told of %d", status)
	}
}

func TestTheStatusOfABatchIsThatOfItsFailedOperation(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	c.create(t)
	var mu sync.Mutex
	var statuses []int
	door.SetHooks(storagedoor.Hooks{OnAnswer: func(_ string, _ *http.Request, status int) {
		mu.Lock()
		defer mu.Unlock()
		statuses = append(statuses, status)
	}})
	batch := []aztables.TransactionAction{{ActionType: aztables.TransactionTypeAdd, Entity: entity(t, "p", "r")}}
	_, err := c.table.SubmitTransaction(t.Context(), batch, nil)
	ok(t, err)
	if _, err = c.table.SubmitTransaction(t.Context(), batch, nil); err == nil {
		t.Fatal("the row was added twice")
	}
	stale := azcore.ETag(`W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`)
	_, err = c.table.SubmitTransaction(t.Context(), []aztables.TransactionAction{
		{ActionType: aztables.TransactionTypeAdd, Entity: entity(t, "p", "s")},
		{ActionType: aztables.TransactionTypeUpdateReplace, Entity: entity(t, "p", "r"), IfMatch: &stale},
	}, nil)
	if err == nil {
		t.Fatal("a stale row was replaced")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(statuses) != 3 || statuses[0] != 202 || statuses[1] != 409 || statuses[2] != 412 {
		t.Errorf("statuses %v, want 202, 409, 412", statuses)
	}
}

func TestARefusalLooksLikeOneOfTheService(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	for _, want := range []struct {
		fault              fault.Fault
		table, queue, blob string
	}{
		{fault.Fault{Status: 503}, "ServerBusy", "ServerBusy", "ServerBusy"},
		{fault.Fault{Status: 429}, "TooManyRequests", "TooManyRequests", "TooManyRequests"},
		{fault.Fault{Status: 412}, "UpdateConditionNotSatisfied", "ConditionNotMet", "ConditionNotMet"},
		{fault.Fault{Status: 403, Code: "AuthorizationFailure"}, "AuthorizationFailure", "AuthorizationFailure", "AuthorizationFailure"},
	} {
		door.SetHooks(storagedoor.Hooks{Before: func(string, *http.Request) fault.Fault { return want.fault }})
		_, err := c.table.GetEntity(t.Context(), "p", "r", nil)
		wantError(t, err, want.fault.Status, want.table)
		_, err = c.queue.EnqueueMessage(t.Context(), "x", nil)
		wantError(t, err, want.fault.Status, want.queue)
		_, err = c.blobs.DownloadStream(t.Context(), c.name, "b", nil)
		wantError(t, err, want.fault.Status, want.blob)
	}
	if n := door.Counts()["queue put"]; n != 4 {
		t.Errorf("%d refused requests are counted, want 4", n)
	}
}

func TestTheSDKGetsOverFaultsThatPass(t *testing.T) {
	t.Parallel()
	faults := []fault.Fault{
		{Status: 503, RetryAfter: time.Second}, {Drop: true}, {Delay: time.Millisecond, Status: 500}, {DropAnswer: true}, {Delay: 20 * time.Millisecond},
	}
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: 5, RetryDelay: time.Millisecond}})
	c.create(t)
	var mu sync.Mutex
	door.SetHooks(storagedoor.Hooks{Before: func(string, *http.Request) fault.Fault {
		mu.Lock()
		defer mu.Unlock()
		if len(faults) == 0 {
			return fault.Fault{}
		}
		next := faults[0]
		faults = faults[1:]
		return next
	}})
	began := time.Now()
	_, err := c.table.UpsertEntity(t.Context(), entity(t, "p", "r"), nil)
	ok(t, err)
	if took := time.Since(began); took < time.Second {
		t.Errorf("done after %s: Retry-After has not arrived", took)
	}
	if n := door.Counts()["table merge"]; n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestADroppedAnswerIsOfARequestThatWasDoneADroppedRequestIsNot(t *testing.T) {
	t.Parallel()
	direct := clientsOf(t, startEmulator(t).ConnectionString(), noRetry)
	direct.create(t)
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	for row, want := range map[string]struct {
		fault fault.Fault
		done  bool
	}{
		"answer":  {fault.Fault{DropAnswer: true}, true},
		"request": {fault.Fault{Drop: true}, false},
	} {
		door.SetHooks(storagedoor.Hooks{Before: func(string, *http.Request) fault.Fault { return want.fault }})
		if _, err := c.table.AddEntity(t.Context(), entity(t, "p", row), nil); err == nil {
			t.Errorf("%s: the client got an answer", row)
		}
		if _, err := direct.table.GetEntity(t.Context(), "p", row, nil); want.done != (err == nil) {
			t.Errorf("%s: stored=%v, want %v", row, err == nil, want.done)
		}
	}
}

func TestADelayEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	arrived := make(chan context.Context, 1)
	door.SetHooks(storagedoor.Hooks{Before: func(_ string, r *http.Request) fault.Fault {
		arrived <- r.Context()
		return fault.Fault{Delay: time.Hour}
	}})
	c := clientsOf(t, door.ConnectionString(), noRetry)
	ctx, leave := context.WithCancel(t.Context())
	go func() { _, _ = c.queue.PeekMessage(ctx, nil) }()
	request := await(t, arrived)
	leave()
	await(t, request.Done())
}

// await receives, or ends the test when nothing comes.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func entity(t testing.TB, partition, row string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]string{"PartitionKey": partition, "RowKey": row, "Value": "x"})
	ok(t, err)
	return text
}

func rowKey(t testing.TB, raw []byte) string {
	t.Helper()
	var row struct{ RowKey string }
	ok(t, json.Unmarshal(raw, &row))
	return row.RowKey
}
