package invoke_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"certgate/internal/invoke"
)

// A queue message that is a JSON object comes back to the letter, however often
// the host encoded it; whatever else arrives is read or refused as the caller's
// fault, with a reply that the host understands.
func FuzzReadQueue(f *testing.F) {
	f.Add(`{"Data":{"message":"\"{\\\"a\\\":1}\""},"Metadata":{"DequeueCount":"1"}}`, `{"a":1}`)
	f.Add(`{"Data":{"message":null},"Metadata":null}`, `text`)
	f.Add(`{"Data":{"message":"\"\\ud800\""}}`, `[]`)
	f.Add(`{"Data":{"timer":{"IsPastDue":true}},"Metadata":{"DequeueCount":99999999999999999999}}`, `{"instance":"0ab","seq":3}`)
	f.Fuzz(func(t *testing.T, body, message string) {
		got, err := invoke.ReadQueue(post(body), "message")
		if err == nil && got.DequeueCount < 1 {
			t.Fatalf("%q: %+v", body, got)
		}
		wantRejected(t, body, err)
		_, err = invoke.ReadTimer(post(body), "timer")
		wantRejected(t, body, err)

		message = strings.Trim(message, " \t\r\n")
		if !json.Valid([]byte(message)) || !utf8.ValidString(message) || !strings.HasPrefix(message, "{") || len(message) > invoke.MaxBody/8 {
			return
		}
		once, _ := json.Marshal(message)
		twice, _ := json.Marshal(string(once))
		for _, data := range []string{message, string(once), string(twice)} {
			got, err := invoke.ReadQueue(post(`{"Data":{"message":`+data+`}}`), "message")
			if err != nil || string(got.Text) != message {
				t.Fatalf("%q came back as %q, %v", data, got.Text, err)
			}
		}
	})
}

func wantRejected(t *testing.T, body string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if !errors.Is(err, invoke.ErrMalformed) && !errors.Is(err, invoke.ErrTooLarge) {
		t.Fatalf("%q: %v is neither malformed nor too large", body, err)
	}
	w := httptest.NewRecorder()
	invoke.Reject(w, err)
	var reply struct{ Logs []string }
	if w.Code < 400 || w.Code > 499 || json.Unmarshal(w.Body.Bytes(), &reply) != nil || len(reply.Logs) != 1 {
		t.Fatalf("%q is answered %d %s", body, w.Code, w.Body)
	}
}
