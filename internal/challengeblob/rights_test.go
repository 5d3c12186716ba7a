package challengeblob_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"certgate/internal/challengeblob"
)

// The rights themselves are tested against the emulator, with package preflight.
func TestAWriteThatHappenedAgainstItsConditionIsUndoneAndReported(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	stored := false
	files, err := challengeblob.New(challengeblob.Config{
		ContainerURL: "https://acct.blob.core.windows.net/challenges?sig=secret",
		Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("If-Match") == "" && r.Method == http.MethodPut {
				t.Errorf("%s %s is without a condition", r.Method, r.URL.Path)
			}
			status := http.StatusCreated
			if stored = r.Method == http.MethodPut; !stored {
				status = http.StatusAccepted
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := files.CheckRights(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if stored {
		t.Error("the file is still there")
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
