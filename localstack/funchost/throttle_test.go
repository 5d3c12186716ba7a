package funchost

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"certgate/localstack/waittest"
)

func TestMoreRequestsThanHostJSONAllowsAreTurnedAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, appFiles{
		"host.json":         hostJSON(`"extensions":{"http":{"maxOutstandingRequests":1}},`),
		"Api/function.json": httpFunction(`,"route":"{*path}","authLevel":"anonymous"`),
	}, Config{})
	b.control.hold("/api/slow")
	var first sync.WaitGroup
	first.Go(func() {
		if status, _ := b.request(t, "GET", "/api/slow", ""); status != http.StatusOK {
			t.Errorf("the one that was let in got %d", status)
		}
	})
	b.control.await(t, "/api/slow", 1)
	if status, body := b.request(t, "GET", "/api/other", ""); status != http.StatusTooManyRequests || body != "" {
		t.Errorf("one more got %d %q, want 429 and no body", status, body)
	}
	b.control.letGo()
	first.Wait()
	waittest.Until(t, waittest.Patience, "the place is free again", func() bool {
		status, _ := b.request(t, "GET", "/api/other", "")
		return status == http.StatusOK
	})
}

func TestRequestsBeyondTheConcurrentOnesWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	limits := newThrottle(1, 2)
	release, running := make(chan struct{}), make(chan struct{}, 2)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			limits.admit(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), func() { running <- struct{}{}; <-release })
		})
	}
	<-running
	waittest.Until(t, waittest.Patience, "both are in", func() bool { return len(limits.outstanding) == 2 })
	third := httptest.NewRecorder()
	limits.admit(third, httptest.NewRequest("GET", "/", nil), func() { t.Error("a third runs") })
	if third.Code != http.StatusTooManyRequests || len(running) != 0 {
		t.Errorf("the third got %d while %d more ran", third.Code, len(running))
	}
	close(release)
	both.Wait()
	<-running
	if len(limits.outstanding) != 0 || len(limits.running) != 0 {
		t.Errorf("%d places are still taken", len(limits.outstanding))
	}
}

func TestWhoGoesAwayWhileWaitingIsNotForwarded(t *testing.T) {
	t.Parallel()
	limits := newThrottle(1, unbounded)
	limits.running <- struct{}{} // one runs
	gone, leave := context.WithCancel(t.Context())
	leave()
	limits.admit(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(gone), func() { t.Error("it is forwarded") })
	if len(limits.running) != 1 {
		t.Error("it took a place, or gave back another's")
	}
}

func TestALimitOfRequestsMustBeANumber(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"many", "-2", "1.5"} {
		if _, err := readThrottle(hostConfig{"extensions:http:maxconcurrentrequests": value}); err == nil {
			t.Errorf("%q is taken", value)
		}
	}
	if open, err := readThrottle(hostConfig{}); err != nil || open.running != nil || open.outstanding != nil {
		t.Errorf("without the settings: %+v, %v", open, err)
	}
}
