package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"testing"
)

func TestWithoutACollectorNothingIsExported(t *testing.T) {
	t.Parallel()
	s := sample(t)
	observed, err := startObserving(s.Telemetry, slog.New(slog.DiscardHandler))
	if err != nil || observed.export != nil || observed.eachTry("keyVault") != nil || observed.around("certificateAuthority") != nil {
		t.Errorf("something is sent, or stands in the way of requests: %+v, %v", observed, err)
	}
	handler, err := build(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var goroutines bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&goroutines, 2); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(goroutines.String(), "go.opentelemetry.io") {
		t.Errorf("a goroutine of OpenTelemetry runs:\n%s", goroutines.String())
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/metrics", nil))
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("figures without a sign-in: %d", rec.Code)
	}
}
