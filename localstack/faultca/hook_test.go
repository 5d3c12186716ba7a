package faultca_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack/fault"
	"certgate/localstack/faultca"
)

func TestAHookIsAskedAboutWhatNoFaultOfThePlanHits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var asked atomic.Int64
	w.proxy.SetHook(func(_ string, r *http.Request) fault.Fault {
		if faultca.EndpointOf(r) == faultca.NewOrder && asked.Add(1) == 1 {
			return fault.Fault{Status: http.StatusServiceUnavailable}
		}
		return fault.Fault{} // lets it pass
	})
	w.proxy.Arm(faultca.Limited(faultca.NewOrder, 1, 1*time.Second))
	for _, who := range []string{"the plan", "the hook"} {
		if _, err := w.ca.NewOrder(t.Context(), shop); err == nil {
			t.Errorf("%s let the order pass", who)
		}
	}
	w.order(shop)
	if n := asked.Load(); n != 2 || w.made() != 1 {
		t.Errorf("the hook was asked %d times and %d orders were made, want 2 and 1", n, w.made())
	}
	w.proxy.SetHook(nil)
	w.order(shop)
	if n := asked.Load(); n != 2 {
		t.Error("a hook that was taken away was asked")
	}
}
