package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
	"certgate/internal/settings"
)

// sample are the settings of local.settings.sample.json.
func sample(t testing.TB) settings.Settings {
	t.Helper()
	raw, err := os.ReadFile("../local.settings.sample.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Values map[string]string }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range file.Values {
		environ = append(environ, name+"="+value)
	}
	s, err := settings.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The host calls POST /<folder name> for every function that is not HTTP: each
// folder must have its endpoint, and none of them may be open to outside calls.
func TestEveryFunctionHasItsEndpointAndOutsideCallsAreRefused(t *testing.T) {
	t.Parallel()
	handler, err := build(sample(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := filepath.Glob("../functions/*/function.json")
	if err != nil || len(manifests) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	for _, m := range manifests {
		name := filepath.Base(filepath.Dir(m))
		raw, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), `"httpTrigger"`) {
			continue
		}
		// A body that is no envelope is refused as such: the endpoint is there, and
		// nothing was done.
		if code := post(handler, "/"+name, "{", nil); code != http.StatusBadRequest {
			t.Errorf("POST /%s from the host: %d, want 400 for a malformed body", name, code)
		}
		for _, header := range []string{"X-Forwarded-Host", "x-ms-invocation-id"} {
			if code := post(handler, "/"+name, "{", map[string]string{header: "x"}); code != http.StatusNotFound {
				t.Errorf("POST /%s with %s: %d, want 404", name, header, code)
			}
		}
	}
}

func TestTheReadinessProbeAsksNobody(t *testing.T) {
	t.Parallel()
	handler, err := build(sample(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != http.StatusOK || rec.Body.Len() == 0 {
		t.Errorf("GET /: %d %q", rec.Code, rec.Body)
	}
}

func post(h http.Handler, path, body string, header map[string]string) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

func TestAMessageThatIsNotOursIsDroppedAndSaidSo(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	var log bytes.Buffer
	runner := durable.NewRunner(durable.Config{Store: memstore.New(clock.Now), Queue: memstore.NewQueue(clock.Now), Clock: clock.Now})
	handler := routes(http.NotFoundHandler(), triggers{runner: runner, log: newLog(&log, &log, slog.LevelInfo)})
	for _, text := range []string{`"\"hello\""`, `"{\"instance\":\"\"}"`, `"not json"`} {
		r := httptest.NewRequest(http.MethodPost, "/RunStep", strings.NewReader(`{"Data":{"message":`+text+`},"Metadata":{}}`))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("X-Azure-Functions-InvocationId", "invocation-1")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "not one of ours") {
			t.Errorf("%s: %d %s", text, rec.Code, rec.Body)
		}
	}
	if !strings.Contains(log.String(), `"invocation":"invocation-1"`) {
		t.Errorf("the log does not carry the invocation: %s", log.String())
	}
}

// Only handler and cmd know everything; adapters know no other adapter.
func TestThePackagesKeepTheirDirection(t *testing.T) {
	t.Parallel()
	adapters := []string{"acmeca", "keyvault", "challengeblob", "hostdns", "gatewayprobe", "appgateway", "azurestore", "memstore"}
	for _, folder := range append(adapters, "durable", "issuance") {
		forbidden := []string{"certgate/api", "certgate/handler", "certgate/localstack"}
		for _, other := range adapters {
			if other != folder {
				forbidden = append(forbidden, "certgate/internal/"+other)
			}
		}
		if folder == "durable" {
			forbidden = append(forbidden, "certgate/internal/issuance")
		}
		err := fs.WalkDir(os.DirFS("../internal/"+folder), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
				return err
			}
			raw, err := os.ReadFile(filepath.Join("../internal", folder, path))
			if err != nil {
				return err
			}
			for _, p := range forbidden {
				if strings.Contains(string(raw), `"`+p+`"`) || strings.Contains(string(raw), `"`+p+`/`) {
					t.Errorf("%s/%s imports %s", folder, path, p)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Building the program must leave most of the 60 ms between start and first
// answer to the operating system and the Go runtime.
func BenchmarkBuild(b *testing.B) {
	s := sample(b)
	for b.Loop() {
		if _, err := build(s, slog.New(slog.DiscardHandler)); err != nil {
			b.Fatal(err)
		}
	}
}
