package e2e

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/azurefault"
	"certgate/localstack/fault"
	"certgate/localstack/funchost"
	"certgate/localstack/localstacktest"
	"certgate/localstack/storagedoor"
	"certgate/localstack/waittest"
)

// atStep stops the world when a number of steps has been stored, between the
// storage and the handler, until it is let go.
type atStep struct {
	left    atomic.Int32
	reached chan struct{}
	letGo   chan struct{}
}

func (a *atStep) hooks() storagedoor.Hooks {
	return storagedoor.Hooks{Before: markStored, OnAnswer: func(_ string, r *http.Request, status int) {
		if r.Header.Get(storedStep) != "" && status < 300 && a.left.Add(-1) == 0 {
			close(a.reached)
			<-a.letGo
		}
	}}
}

// stopAfter returns when the step is stored and the handler does not know it.
func stopAfter(w *localstacktest.World, steps int32) (letGo func()) {
	a := &atStep{reached: make(chan struct{}), letGo: make(chan struct{})}
	a.left.Store(steps)
	w.Door.SetHooks(a.hooks())
	<-a.reached
	return func() {
		w.Door.SetHooks(storagedoor.Hooks{})
		close(a.letGo)
	}
}

func TestACertificateIsIssuedOnceWhenTheHostDiesWithItsMessageAndStorageRestarts(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{StorageOnDisk: true, QueueLease: 3 * time.Second})
	api, pid := w.API(), w.Host.HandlerPID()
	id := w.Request("shop.example.test")

	letGo := stopAfter(w, 3)
	began := time.Now()
	if err := w.RestartHost(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	t.Logf("host restarted in %s", time.Since(began))
	letGo()
	if w.API() != api || w.Host.HandlerPID() == pid || w.Host.HandlerPID() == 0 {
		t.Errorf("API %s, handler %d; before the restart %s, %d", w.API(), w.Host.HandlerPID(), api, pid)
	}
	if _, ok := w.Status(id); !ok {
		t.Error("the new host does not answer for the instance")
	}

	stopAfter(w, 2)()
	began = time.Now()
	if err := w.RestartStorage(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("storage restarted in %s", time.Since(began))

	completes(t, w, id)
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
	select {
	case err := <-w.Done():
		t.Errorf("the stack reports an end that was not asked for: %v", err)
	default:
	}
}

func TestACertificateIsIssuedOnceWhenAzureFailsAndMessagesComeLateOrTwice(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	received, late := 0, 0
	w := localstacktest.Start(t, localstack.Options{Env: []string{retryAtOnce},
		Deliver: func(_ string, m funchost.QueueMessageInfo) funchost.Delivery {
			mu.Lock()
			defer mu.Unlock()
			received++
			switch {
			case received%4 == 2 && m.DequeueCount == 1:
				late++
				return funchost.Delivery{Late: time.Second}
			case received%4 == 0:
				return funchost.Delivery{Twice: funchost.DeliverTwice}
			}
			return funchost.Delivery{}
		}})
	faults := []fault.Fault{
		{Status: 503}, {Drop: true}, {}, {DropAnswer: true}, {}, {Status: 429, RetryAfter: time.Second}, {}, {}, {Delay: 100 * time.Millisecond}, {},
	}
	asked := map[string]int{}
	w.SetAzureFaults(func(service string, r *http.Request) fault.Fault {
		mu.Lock()
		defer mu.Unlock()
		asked[service]++
		return faults[asked[service]%len(faults)]
	})
	completes(t, w, w.Request("shop.example.test"))
	w.SetAzureFaults(nil)
	mu.Lock()
	before := asked[azurefault.Vault] + asked[azurefault.ARM]
	t.Logf("asked %v, received %d, late %d", asked, received, late)
	if len(asked) != 2 || asked[azurefault.Vault] == 0 || asked[azurefault.ARM] == 0 {
		t.Errorf("the hook was asked about %v, want the vault and Resource Manager alone", asked)
	}
	if late == 0 {
		t.Error("no message was late")
	}
	mu.Unlock()
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
	w.Call(http.MethodGet, "/api/health", "")
	mu.Lock()
	defer mu.Unlock()
	if now := asked[azurefault.Vault] + asked[azurefault.ARM]; now != before {
		t.Errorf("the hook was asked %d times after it was taken away", now-before)
	}
}

func TestAnInstanceWhoseMessageBecomesPoisonFailsAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	var received atomic.Int32
	w := localstacktest.Start(t, localstack.Options{Deliver: func(queue string, _ funchost.QueueMessageInfo) funchost.Delivery {
		return funchost.Delivery{Poison: !strings.HasSuffix(queue, "-poison") && received.Add(1) == 6}
	}})
	s := w.Finish(w.Request("shop.example.test"), patience)
	if s.RuntimeStatus != "Failed" || s.CustomStatus.Error != "StepKeptCrashing" {
		t.Errorf("ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	nothingLeft(t, w, "shop-example-test")
}

func TestStorageWhoseEmulatorWasKilledStartsAgain(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{StorageOnDisk: true, QueueLease: 3 * time.Second})
	id := w.Request("shop.example.test")
	completes(t, w, id)
	waittest.Until(t, patience, "the emulator has written to disk", func() bool {
		rows, err := os.ReadFile(filepath.Join(w.Dir, "data", "azurite", "data", "__azurite_db_table__.json"))
		return err == nil && bytes.Contains(rows, []byte(id))
	})
	must(t, syscall.Kill(w.Azurite.PID(), syscall.SIGKILL))
	<-w.Azurite.Done()
	must(t, w.RestartStorage(t.Context()))
	if _, ok := w.Status(id); !ok {
		t.Error("the instance is gone")
	}
	completes(t, w, w.Request("www.example.test"))
}

func TestStorageInMemoryIsNotRestarted(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	if err := w.RestartStorage(t.Context()); err == nil || !strings.Contains(err.Error(), "StorageOnDisk") {
		t.Errorf("error %v, want one that names the option", err)
	}
	if code, raw := w.Call(http.MethodGet, "/api/health", ""); code != http.StatusOK {
		t.Errorf("health after the refusal: %d %s", code, raw)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.RestartHost(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("restart of a closed stack: %v", err)
	}
}
