package armsim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// wantRefusal checks status, code and the first detail's code.
func wantRefusal(t *testing.T, err error, status int, code, detail string) {
	t.Helper()
	var re *azcore.ResponseError
	if !errors.As(err, &re) {
		t.Fatalf("got error %v, want %d %s", err, status, code)
	}
	body, readErr := runtime.Payload(re.RawResponse) // can be read again
	if readErr != nil {
		t.Fatal(readErr)
	}
	var got struct {
		Error struct {
			Details []struct {
				Code string `json:"code"`
			} `json:"details"`
		} `json:"error"`
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&got); err != nil {
		t.Fatalf("error body %q: %v", body, err)
	}
	first := ""
	if len(got.Error.Details) > 0 {
		first = got.Error.Details[0].Code
	}
	if re.StatusCode != status || re.ErrorCode != code || first != detail {
		t.Errorf("got %d %q %q, want %d %q %q: %s", re.StatusCode, re.ErrorCode, first, status, code, detail, body)
	}
}

// shelf is a vault of secrets for the gateway; one that is not there is refused
// with its status (404 if none is given).
type shelf struct {
	mu      sync.Mutex
	values  map[string]string
	refuse  map[string]int
	present string        // content type
	gate    chan struct{} // if set, a read waits until it is closed
}

type status int

func (s status) Error() string   { return http.StatusText(int(s)) }
func (s status) HTTPStatus() int { return int(s) }

func (s *shelf) ReadSecret(ctx context.Context, id string) (string, string, error) {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return "", "", ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.refuse[id]; code != 0 {
		return "", "", status(code)
	}
	value, ok := s.values[id]
	if !ok {
		return "", "", status(http.StatusNotFound)
	}
	return value, s.present, nil
}
