package cloudflare_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/cloudflare"
	"certgate/internal/durable"
)

var (
	zone   = dnsproviders.Zone{ID: "z", Name: "example.com"}
	change = dnsproviders.Change{Name: "_acme-challenge.example.com", Values: []string{"v"}}
)

// answers is an API that lists no records and answers every change so.
func answers(t *testing.T, status int, body string) *cloudflare.Account {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, `{"success":true,"result":[]}`)
			return
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return cloudflare.New(cloudflare.Config{Token: "SECRET", Endpoint: server.URL})
}

func TestWhatAnErrorCodeSaysCounts(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		`{"code":6003,"message":"Invalid request headers"}`:          dnsproviders.DNSAccessDenied,
		`{"code":10000,"message":"Authentication error"}`:            dnsproviders.DNSAccessDenied,
		`{"code":7003,"message":"Could not route to /zones/z"}`:      dnsproviders.DNSZoneNotFound,
		`{"code":81053,"message":"A CNAME record is already there"}`: dnsproviders.DNSProviderRefused,
	} {
		_, err := answers(t, http.StatusBadRequest, `{"success":false,"errors":[`+code+`]}`).Ensure(t.Context(), zone, change)
		var failure *durable.Failure
		if !errors.As(err, &failure) || failure.Code != want || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", code, err)
		}
		if want == dnsproviders.DNSProviderRefused && !strings.Contains(failure.Message, "A CNAME record is already there") {
			t.Errorf("%s: %s", code, failure.Message)
		}
	}
}

// A record that somebody else adds again and again ends with a pause, not in a loop.
func TestARecordThatOthersAddAtOnceIsWaitedFor(t *testing.T) {
	t.Parallel()
	_, err := answers(t, http.StatusBadRequest, `{"success":false,"errors":[{"code":81058,"message":"An identical record already exists."}]}`).Ensure(t.Context(), zone, change)
	var later *durable.RetryLater
	if !errors.As(err, &later) || later.Reason != "Somebody else is changing the DNS records of _acme-challenge.example.com." {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerThatIsNoJSONPasses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>maintenance</html>") }))
	t.Cleanup(server.Close)
	_, err := cloudflare.New(cloudflare.Config{Token: "t", Endpoint: server.URL}).Zones(t.Context())
	var transient *durable.Transient
	if !errors.As(err, &transient) || transient.Public == "" {
		t.Errorf("got %v", err)
	}
}

// Credentials go nowhere else.
func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	t.Cleanup(server.Close)
	if _, err := cloudflare.New(cloudflare.Config{Token: "t", Endpoint: server.URL}).Zones(t.Context()); err == nil {
		t.Error("a redirect is an answer")
	}
}
