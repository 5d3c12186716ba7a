package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"certgate/internal/settings"
)

func TestTelemetryIsOffUnlessACollectorIsNamed(t *testing.T) {
	t.Parallel()
	s, err := settings.Load(with(nil))
	if err != nil || s.Telemetry.Endpoint != "" || s.Telemetry.ServiceName != "certgate" {
		t.Errorf("%+v, %v", s.Telemetry, err)
	}
}

func TestTheCollectorsHeadersAreReadAndNeverShown(t *testing.T) {
	t.Parallel()
	s, err := settings.Load(with(map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example.com:4318/otlp/",
		"OTEL_EXPORTER_OTLP_HEADERS":  "api-key=make-believe, authorization=Basic%20bWFrZQ==",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Telemetry.Endpoint != "http://collector.example.com:4318/otlp" {
		t.Errorf("endpoint %q", s.Telemetry.Endpoint)
	}
	if s.Telemetry.Headers["api-key"].Reveal() != "make-believe" || s.Telemetry.Headers["authorization"].Reveal() != "Basic bWFrZQ==" {
		t.Error("the headers are not the ones given")
	}
	if shown := fmt.Sprintf("%+v", s.Telemetry); strings.Contains(shown, "make-believe") {
		t.Errorf("the headers are shown: %s", shown)
	}
	if !strings.Contains(strings.Join(s.Notes, "\n"), "can be read on the way") {
		t.Errorf("no note on headers over http: %q", s.Notes)
	}
}

func TestTelemetrySettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	const endpoint, headers = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"
	for _, c := range []struct {
		values map[string]string
		want   string
	}{
		{map[string]string{endpoint: "collector:4318"}, endpoint},
		{map[string]string{endpoint: "grpc://collector:4317"}, "neither an https nor an http URL"},
		{map[string]string{endpoint: "https://collector/v1/traces"}, "one signal"},
		{map[string]string{endpoint: "https://collector/?key=make-believe"}, "is the place for them"},
		{map[string]string{headers: "api-key=make-believe"}, endpoint + " is missing"},
		{map[string]string{endpoint: "https://collector", headers: "make-believe"}, "number 1"},
		{map[string]string{endpoint: "https://collector", headers: "a=b,x=make-believe%zz"}, "number 2"},
		{map[string]string{endpoint: "https://collector", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf"},
	} {
		_, err := settings.Load(with(c.values))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "make-believe") {
			t.Errorf("%v: %v, want an error with %q and without the secret", c.values, err, c.want)
		}
	}
}
