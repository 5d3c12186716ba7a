package gatewaylane_test

import (
	"errors"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

func TestWhatDoesNotFitIsSeenBeforeAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.lane.Fits(t.Context(), listener(0)); err != nil {
		t.Errorf("with room: %v", err)
	}
	if w.writes() != 0 {
		t.Error("a look wrote the gateway")
	}
	ids := w.want(98) // beside the two certificates that it has
	w.drain()
	w.wantCompleted(0, ids[0])
	var failure *durable.Failure
	if err := w.lane.Fits(t.Context(), listener(98)); !errors.As(err, &failure) || failure.Code != issuance.CodeGatewayLimit {
		t.Errorf("without room: %v", err)
	}
	if err := w.lane.Fits(t.Context(), listener(0)); err != nil {
		t.Errorf("what stands: %v", err)
	}
}
