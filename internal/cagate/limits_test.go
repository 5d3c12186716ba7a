package cagate_test

import (
	"maps"
	"testing"
	"time"

	"certgate/internal/cagate"
	"certgate/internal/durable/durabletest"
)

func TestTheLimitsThatHoldAreListedWithTheirEnd(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	until := clock.Now().Add(time.Hour)
	document := &fixed{body: []byte(`{"closed":{"account":{"until":"` + until.Format(time.RFC3339) + `","times":1},"domain:example.com":{"until":"2030-03-04T05:00:00Z","times":1}}}`)}
	gate := cagate.New(cagate.Config{Documents: document, Authority: "https://ca.example/dir", Clock: clock.Now})
	limits, err := gate.Limits(t.Context())
	if want := map[string]time.Time{"account": until}; err != nil || !maps.Equal(limits, want) {
		t.Errorf("limits %v, %v; want %v", limits, err, want)
	}
	clock.Advance(time.Hour)
	if limits, err := gate.Limits(t.Context()); err != nil || len(limits) > 0 {
		t.Errorf("limits %v, %v after their end", limits, err)
	}
}
