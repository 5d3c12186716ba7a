package apiclient_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack/apiclient"
)

// api plays certgate's API: one parent with two children, which is done at the
// second look.
func api(t *testing.T) (client *apiclient.Client, calls *[]string) {
	t.Helper()
	calls = &[]string{}
	looks := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*calls = append(*calls, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.Header.Get(apiclient.PrincipalHeader) == "" {
			t.Errorf("%s is not signed in", r.URL.Path)
		}
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"id":"parent"}`)
		case r.URL.RawQuery == "showOutput=true":
			fmt.Fprint(w, `{"runtimeStatus":"Completed","children":[{"hostname":"b.test","instanceId":"2"},{"hostname":"a.test","instanceId":"1"}]}`)
		case strings.HasSuffix(r.URL.Path, "/parent"):
			if looks++; looks == 1 {
				w.WriteHeader(http.StatusAccepted)
			}
			fmt.Fprintf(w, `{"runtimeStatus":"Running","customStatus":{"status":"look %d"}}`, looks)
		default:
			id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
			fmt.Fprintf(w, `{"runtimeStatus":"Completed","lastUpdatedTime":"2026-05-0%sT00:00:00Z","output":{"secretId":"secret %s"}}`, id, id)
		}
	}))
	t.Cleanup(server.Close)
	return &apiclient.Client{Base: server.URL, Principal: apiclient.Principal("u", "operator")}, calls
}

func TestOneHostnameAndManyAreDifferentCalls(t *testing.T) {
	t.Parallel()
	client, calls := api(t)
	for _, hostnames := range [][]string{{"a.test"}, {"a.test", "b.test"}} {
		id, first, err := client.Request(t.Context(), hostnames...)
		if err != nil || id != "parent" || first != 7*time.Second {
			t.Fatalf("started %s, look in %s (%v)", id, first, err)
		}
	}
	want := []string{
		`POST /api/AddCertificateFunctions_HttpStart {"hostnames":[{"hostname":"a.test"}]}`,
		`POST /api/AddMultipleCertificatesFunctions_HttpStart {"hostnames":[{"hostname":"a.test"},{"hostname":"b.test"}]}`,
	}
	if fmt.Sprint(*calls) != fmt.Sprint(want) {
		t.Errorf("called\n%q\nwant\n%q", *calls, want)
	}
}

func TestAStatusIsFollowedUntilTheInstanceHasEnded(t *testing.T) {
	t.Parallel()
	client, _ := api(t)
	var seen []string
	last, err := client.Follow(t.Context(), "parent", time.Nanosecond, func(i apiclient.Instance) { seen = append(seen, i.CustomStatus.Status) })
	if err != nil || last.CustomStatus.Status != "look 2" || fmt.Sprint(seen) != "[look 1 look 2]" {
		t.Errorf("ended with %q after %q (%v)", last.CustomStatus.Status, seen, err)
	}
}

func TestChildrenComeInTheOrderOfTheHostnames(t *testing.T) {
	t.Parallel()
	client, _ := api(t)
	children, err := client.Children(t.Context(), "parent", []string{"a.test", "b.test"})
	if err != nil || len(children) != 2 || children[0].Certificate().SecretID != "secret 1" || children[1].Certificate().SecretID != "secret 2" || !children[0].Issued() {
		t.Fatalf("children %+v (%v)", children, err)
	}
	if last := apiclient.LastUpdate(children); last.Day() != 2 {
		t.Errorf("the last one ended on %s", last)
	}
}

func TestARefusedCallIsAnErrorWithWhatTheApiSaid(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":"InvalidHostname","detail":"no such hostname"}`)
	}))
	t.Cleanup(server.Close)
	client := &apiclient.Client{Base: server.URL}
	_, _, err := client.Request(t.Context(), "a.test")
	if err == nil || !strings.Contains(err.Error(), "no such hostname") || apiclient.CodeOf(err) != "InvalidHostname" {
		t.Errorf("the error is %v, its code %q", err, apiclient.CodeOf(err))
	}
	if err := client.Fire(t.Context(), "RenewDue"); err == nil {
		t.Error("a timer that was not run is no error")
	}
}

func TestAClientThatRepeatsGetsOverWhatPassesAndCountsItsAttempts(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"id":"one"}`)
		}
	}))
	t.Cleanup(server.Close)
	tried, call := 0, apiclient.Asking("a.test")
	call.Tried = func() { tried++ }
	id, _, err := (&apiclient.Client{Base: server.URL, Repeat: time.Millisecond}).Start(t.Context(), call)
	if err != nil || id != "one" || tried != 4 {
		t.Errorf("started %q after %d attempts: %v", id, tried, err)
	}
}

func TestHostnamesAreReadFromBothShapesOfTheInput(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		`"a.test"`: "[a.test]", `{"hostnames":[{"hostname":"a.test"},{"hostname":"b.test"}]}`: "[a.test b.test]", `null`: "[]", `{"certificate":"x"}`: "[]",
	} {
		if got := fmt.Sprint(apiclient.Instance{Input: []byte(input)}.Hostnames()); got != want {
			t.Errorf("%s is about %s, want %s", input, got, want)
		}
	}
}
