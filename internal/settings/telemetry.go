package settings

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Telemetry says where traces and metrics are sent. Its zero value sends nothing.
type Telemetry struct {
	Endpoint    string // base URL of an OTLP collector, no trailing slash; "" for none
	Headers     map[string]Secret
	ServiceName string
}

const (
	otlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	otlpHeaders  = "OTEL_EXPORTER_OTLP_HEADERS"
)

// telemetrySettings have the names that OpenTelemetry's specification gives them,
// and the Functions host obeys too.
func telemetrySettings() []Setting {
	return []Setting{
		{Name: otlpEndpoint, Example: "https://otlp.example.com:4318",
			Meaning: "base URL of the OpenTelemetry collector that traces and metrics are sent to; without it none are", read: into(func(s *Settings) *string { return &s.Telemetry.Endpoint }, collector)},
		{Name: otlpHeaders, Secret: true, Example: "api-key=bWFrZS1iZWxpZXZl",
			Meaning: "headers of those requests, a comma list of name=value with values percent-encoded", read: into(func(s *Settings) *map[string]Secret { return &s.Telemetry.Headers }, headers)},
		{Name: "OTEL_EXPORTER_OTLP_PROTOCOL", Default: "http/protobuf", Example: "http/protobuf", Choices: []string{"http/protobuf"},
			Meaning: "how it is sent; only http/protobuf, mostly on port 4318, is spoken", read: func(*Settings, string) error { return nil }},
		{Name: "OTEL_SERVICE_NAME", Default: "certgate", Example: "certgate",
			Meaning: "name of this app in traces and metrics", read: into(func(s *Settings) *string { return &s.Telemetry.ServiceName }, anyText)},
	}
}

// collector takes http too: a collector in the same network often has no
// certificate.
func collector(v string) (string, error) {
	u, err := absolute(v)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("is neither an https nor an http URL")
	case u.User != nil || u.RawQuery != "":
		return "", errors.New("has a user or a query, where credentials would show in logs; " + otlpHeaders + " is the place for them")
	case strings.HasSuffix(u.Path, "/v1/traces") || strings.HasSuffix(u.Path, "/v1/metrics"):
		return "", errors.New("is the address of one signal; /v1/traces and /v1/metrics are appended to what stands before")
	}
	return strings.TrimRight(v, "/"), nil
}

// fieldName is the form of a header's name (RFC 9110 section 5.1).
var fieldName = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")

// headers reads the list. Its errors name an entry by its number: the entry is a
// secret.
func headers(v string) (map[string]Secret, error) {
	list := map[string]Secret{}
	for i, entry := range strings.Split(v, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, value, ok := strings.Cut(entry, "=")
		name = strings.TrimSpace(name)
		if !ok || !fieldName.MatchString(name) {
			return nil, fmt.Errorf("has an entry (number %d) that is not name=value", i+1)
		}
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil || strings.ContainsAny(plain, "\r\n\x00") {
			return nil, fmt.Errorf("has an entry (number %d) whose value is not percent-encoded", i+1)
		}
		list[name] = Secret(plain)
	}
	if len(list) == 0 {
		return nil, errors.New("names no header")
	}
	return list, nil
}

// note warns of headers that go over the network for all to read.
func (t Telemetry) note() []string {
	if len(t.Headers) > 0 && strings.HasPrefix(t.Endpoint, "http://") && !loopbackURL(t.Endpoint) {
		return []string{otlpEndpoint + " is an http URL, so the headers of " + otlpHeaders + " can be read on the way; use https."}
	}
	return nil
}
