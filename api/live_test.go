package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/durable"
	"certgate/internal/memstore"
	"certgate/internal/principal"
)

type listening struct {
	asked []string
	err   error
}

func (l *listening) Listener(_ context.Context, user, group string) (string, time.Duration, error) {
	l.asked = append(l.asked, user+" "+group)
	return "wss://certgate.webpubsub.azure.com/client/hubs/certgate?access_token=s3cret", time.Hour, l.err
}

func TestWhoMayLookGetsAnAddressToListenAt(t *testing.T) {
	t.Parallel()
	store, service, log := memstore.New(nil), &listening{}, &strings.Builder{}
	inst := &durable.Instance{ID: durable.NewID("a"), Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1}
	if err := store.Create(t.Context(), inst, durable.Event{}); err != nil {
		t.Fatal(err)
	}
	handler := apitest.New(t, api.Config{Instances: store, Listening: service, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Log: slog.New(slog.NewTextHandler(log, nil))})
	call := func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/live", strings.NewReader(body))
		r.Header.Set(principal.Header, reader)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for body, group := range map[string]string{`{"instance":"` + inst.ID + `"}`: "instance." + inst.ID, `{}`: "instances"} {
		if r := call(body); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"group":"`+group+`"`) || r.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", body, r.Code, r.Body)
		}
		if asked := service.asked[len(service.asked)-1]; asked != "aad:rita@example.com "+group {
			t.Errorf("%s: the service was asked for %s", body, asked)
		}
	}
	if r := call(`{"instance":"none"}`); r.Code != http.StatusNotFound {
		t.Errorf("no instance: %d %s", r.Code, r.Body)
	}
	if r := call(`{"roles":["webpubsub.sendToGroup"]}`); r.Code != http.StatusBadRequest {
		t.Errorf("roles: %d %s", r.Code, r.Body)
	}
	service.err = errors.New("web pubsub answers 503")
	if r := call(`{}`); r.Code != http.StatusServiceUnavailable || !strings.Contains(r.Body.String(), api.CodeLiveNotAvailable) || r.Header().Get("Retry-After") == "" {
		t.Errorf("away: %d %s", r.Code, r.Body)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("the log has an address")
	}
}

func TestWithoutWebPubSubThereIsNoAddress(t *testing.T) {
	t.Parallel()
	if r := newWorld(t).call("POST", "/api/live", `{}`); r.status != http.StatusNotFound || !strings.Contains(r.raw, "WebPubSubEndpoint") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
