package dnstest

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

// calls are all calls that a fault can meet.
func (s Stand) calls(t *testing.T, ctx context.Context) map[string]func() error {
	z, c := s.zone(t), s.change(first)
	s.ensure(t, z, c)
	calls := map[string]func() error{
		"ensure": func() error { _, err := s.Open().Ensure(ctx, z, s.change(second)); return err },
	}
	if !s.KeepsAll {
		calls["remove"] = func() error { return s.Open().Remove(ctx, z, c, "") }
	}
	if !s.Configured {
		calls["zones"] = func() error { _, err := s.Open().Zones(ctx); return err }
	}
	return calls
}

func (s Stand) failing(t *testing.T, status int, check func(err error) bool) {
	t.Helper()
	if s.Fails == nil {
		t.Skip("the provider has no such answer")
	}
	for name, call := range s.calls(t, t.Context()) {
		s.Fails(status)
		if err := call(); !check(err) {
			t.Errorf("%s: status %d gives %v", name, status, err)
		}
		s.Fails(0)
	}
}

func limited(t *testing.T, s Stand) {
	if s.Unlimited {
		t.Skip("the provider has no such answer")
	}
	s.failing(t, http.StatusTooManyRequests, func(err error) bool {
		var later *durable.RetryLater
		return errors.As(err, &later) && later.After > 0 && later.Reason != ""
	})
}

func denied(t *testing.T, s Stand) {
	for _, status := range []int{http.StatusForbidden, http.StatusUnauthorized} {
		s.failing(t, status, func(err error) bool { return hasCode(err, dnsproviders.DNSAccessDenied) })
	}
}

func trouble(t *testing.T, s Stand) {
	s.failing(t, http.StatusBadGateway, func(err error) bool {
		var transient *durable.Transient
		return errors.As(err, &transient) && transient.Public != ""
	})
}

func zoneGone(t *testing.T, s Stand) {
	if s.LoseZone == nil {
		t.Skip("the provider does not tell")
	}
	z, c := s.zone(t), s.change(first)
	s.LoseZone()
	if _, err := s.Open().Ensure(t.Context(), z, c); !hasCode(err, dnsproviders.DNSZoneNotFound) {
		t.Errorf("ensure: %v", err)
	}
	if err := s.Open().Remove(t.Context(), z, c, ""); !hasCode(err, dnsproviders.DNSZoneNotFound) {
		t.Errorf("remove: %v", err)
	}
}

func cancelled(t *testing.T, s Stand) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := s.calls(t, ctx)
	cancel()
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func hasCode(err error, code string) bool {
	var failure *durable.Failure
	return errors.As(err, &failure) && failure.Code == code && failure.Message != ""
}
