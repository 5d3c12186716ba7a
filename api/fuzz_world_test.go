package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/issuance/watch"
	"certgate/internal/memstore"
	"certgate/internal/principal"
)

// bench is the API on the real engine and a memory store, without a connection:
// made anew for each input, so that none sees what an earlier one did.
type bench struct {
	handler http.Handler
	store   *memstore.Store
	log     bytes.Buffer
}

// managedName is a certificate that every bench has, served and issued.
const managedName = "shop-example-com"

func newBench(t testing.TB, importer api.Importer) *bench {
	t.Helper()
	clock := durabletest.NewClock()
	b := &bench{store: memstore.New(clock.Now)}
	runner := durable.NewRunner(durable.Config{Store: b.store, Queue: memstore.NewQueue(clock.Now), Clock: clock.Now})
	runner.Add(issuance.AddCertificate(issuance.Ports{}))
	runner.Add(batch.AddMultiple(runner, b.store))
	runner.Add(issuance.ImportCertificate(issuance.Ports{}))
	runner.Add(issuance.RenewCertificate(issuance.Ports{}))
	runner.Add(issuance.RetireCertificate(issuance.RetirePorts{}))
	runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{}))
	records := managedtest.NewRecords()
	err := records.SaveRecord(context.Background(), &managed.Record{
		Name: managedName, Hostnames: []string{"shop.example.com"}, Version: "v1", KeyType: "RSA-2048",
		NotBefore: clock.Now().Add(-time.Hour), NotAfter: clock.Now().Add(90 * 24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	gateway := &shownGateway{}
	b.handler = apitest.New(t, api.Config{
		Preflight: echo{}, Engine: runner, Instances: b.store, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Importer: importer,
		Certificates: api.Certificates{Records: records, Vault: gateway, Gateway: gateway, Look: watch.Ports{Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: gateway}}, Probe: gateway, Vault: gateway}.Look, Clock: clock.Now},
		Listeners:    api.Listeners{Rows: &inventorytest.Rows{}},
		Log:          slog.New(slog.NewJSONHandler(&b.log, nil)),
	})
	return b
}

// call sends a request as an admin. The URL need not be one that a client could
// write: the router sees what is left of it.
func (b *bench) call(method string, to *url.URL, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := (&http.Request{
		Method: method, URL: to, Host: "app.example.net", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, ContentLength: int64(len(body)), RemoteAddr: "127.0.0.1:1",
	}).WithContext(context.Background())
	if len(body) > 0 {
		r.Body = readCloser{bytes.NewReader(body)}
	}
	r.Header.Set(principal.Header, admin)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func (b *bench) instances(t *testing.T) []*durable.Instance {
	t.Helper()
	list, _, err := b.store.List(context.Background(), durable.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantAnswer checks what every answer has to be: a success, or a problem of the
// caller's with a documented code, of bounded length. It returns whether it is a
// success.
func wantAnswer(t *testing.T, w *httptest.ResponseRecorder) bool {
	t.Helper()
	if w.Code == http.StatusOK || w.Code == http.StatusAccepted {
		return true
	}
	if w.Code < 400 || w.Code > 499 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("answered %d %s: %v", w.Code, w.Body, err)
	}
	if p.Status != w.Code || !slices.Contains(api.Codes(), p.Code) || p.Detail == "" {
		t.Fatalf("answered %+v", p)
	}
	if w.Body.Len() > 8<<10 || !utf8.Valid(w.Body.Bytes()) || strings.ContainsAny(p.Detail+p.Fix, "\r\n\x00") {
		t.Fatalf("%d bytes that are not fit to be shown: %s", w.Body.Len(), w.Body)
	}
	return false
}
