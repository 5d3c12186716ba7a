package invoke_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/internal/invoke"
)

func post(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/RunStep", strings.NewReader(body))
}

func TestAQueueMessageIsReadInEveryEncoding(t *testing.T) {
	t.Parallel()
	const pointer = `{"instance":"0ab","seq":3}`
	for name, c := range map[string]struct {
		body, text string
		count      int
		id         string
	}{
		"as the host sends it": {`{"Data":{"message":"\"{\\\"instance\\\":\\\"0ab\\\",\\\"seq\\\":3}\""},
			"Metadata":{"DequeueCount":"4","Id":"\"m-1\"","sys":{"MethodName":"RunStep"}}}`, pointer, 4, "m-1"},
		"encoded once":              {`{"Data":{"message":"{\"instance\":\"0ab\",\"seq\":3}"},"Metadata":{"DequeueCount":2,"Id":"m-1"}}`, pointer, 2, "m-1"},
		"not encoded":               {`{"Data":{"message":{"instance":"0ab","seq":3}},"Metadata":{"DequeueCount":"\"3\"","Id":7}}`, pointer, 3, ""},
		"without metadata":          {`{"Data":{"message":"{\"instance\":\"0ab\",\"seq\":3}"}}`, pointer, 1, ""},
		"with a nonsensical count":  {`{"Data":{"message":"{\"instance\":\"0ab\",\"seq\":3}"},"Metadata":{"DequeueCount":-1}}`, pointer, 1, ""},
		"with a count of no number": {`{"Data":{"message":"{\"instance\":\"0ab\",\"seq\":3}"},"Metadata":{"DequeueCount":[1]}}`, pointer, 1, ""},
		"that is plain text":        {`{"Data":{"message":"\"hello\""},"Metadata":{"DequeueCount":"1"}}`, "hello", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := invoke.ReadQueue(post(c.body), "message")
			if err != nil || string(got.Text) != c.text || got.DequeueCount != c.count || got.ID != c.id {
				t.Errorf("got %q (%q) delivered %d times, %v; want %q (%q), %d", got.Text, got.ID, got.DequeueCount, err, c.text, c.id, c.count)
			}
		})
	}
}

func TestATimerSaysWhetherItIsLate(t *testing.T) {
	t.Parallel()
	for body, late := range map[string]bool{
		`{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":true}},"Metadata":{}}`:                                                 true,
		`{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00","Next":"2026-01-01T00:00:00+00:00"},"IsPastDue":false}}}`: false,
		`{"Data":{"timer":"{\"IsPastDue\":true}"}}`: true,
	} {
		if got, err := invoke.ReadTimer(post(body), "timer"); err != nil || got.PastDue != late {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
	}
}

func TestABodyThatIsNoTriggersIsRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		want   error
		status int
	}{
		"empty":             {"", invoke.ErrMalformed, 400},
		"not JSON":          {"hello", invoke.ErrMalformed, 400},
		"two values":        {`{"Data":{"timer":{}}}{}`, invoke.ErrMalformed, 400},
		"another binding":   {`{"Data":{"other":"x"}}`, invoke.ErrMalformed, 400},
		"data of no object": {`{"Data":"x"}`, invoke.ErrMalformed, 400},
		"a timer of text":   {`{"Data":{"timer":"soon"}}`, invoke.ErrMalformed, 400},
		"too long":          {`{"Data":{"timer":{}}}` + strings.Repeat(" ", invoke.MaxBody), invoke.ErrTooLarge, 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := invoke.ReadTimer(post(c.body), "timer")
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			w := httptest.NewRecorder()
			invoke.Reject(w, err)
			if w.Code != c.status || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("answered %d %s", w.Code, w.Header())
			}
		})
	}
	longest := `{"Data":{"timer":{}}}`
	if _, err := invoke.ReadTimer(post(longest+strings.Repeat(" ", invoke.MaxBody-len(longest))), "timer"); err != nil {
		t.Errorf("a body of exactly 1 MiB: %v", err)
	}
}

func TestARequestFromOutsideIsRecognised(t *testing.T) {
	t.Parallel()
	trigger := func() *http.Request {
		r := post("{}")
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("X-Azure-Functions-InvocationId", "24ad4c06")
		r.Header.Set("X-Azure-Functions-HostVersion", "4.1037.0.0")
		r.Header.Set("x-ms-new", "what a newer host may send")
		return r
	}
	for _, header := range []string{
		"Authorization", "cookie", "x-ms-client-principal", "X-MS-CLIENT-PRINCIPAL-NAME", "x-ms-client-principal-id", "x-ms-original-url",
		"X-Forwarded-Host", "X-Forwarded-For", "x-forwarded-proto", "Forwarded", "x-ms-invocation-id",
	} {
		for _, value := range []string{"example.com", ""} {
			r := trigger()
			r.Header.Set(header, value)
			if invoke.Outside(r) == "" {
				t.Errorf("%s: %q is not recognised", header, value)
			}
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ";"} {
		r := trigger()
		r.Header.Set("Content-Type", kind)
		if invoke.Outside(r) != "Content-Type" {
			t.Errorf("content type %q is not recognised", kind)
		}
	}
	if r := trigger(); invoke.Outside(r) != "" || invoke.ID(r) != "24ad4c06" {
		t.Errorf("the host's own call is taken for one from outside by %q, or has no id", invoke.Outside(r))
	}
}
