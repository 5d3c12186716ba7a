package apiclient_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
)

// api plays certgate's API: one parent with two children, which is done at the
// second look.
func api(t *testing.T) (base string, calls *[]string) {
	t.Helper()
	calls = &[]string{}
	looks := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*calls = append(*calls, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.Method != http.MethodPost && r.Header.Get(localstack.PrincipalHeader) == "" {
			t.Errorf("%s is not signed in", r.URL.Path)
		}
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("Location", "http://"+r.Host+"/api/instances/parent")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusAccepted)
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
	return server.URL, calls
}

func TestOneHostnameAndManyAreDifferentCalls(t *testing.T) {
	t.Parallel()
	base, calls := api(t)
	for _, hostnames := range [][]string{{"a.test"}, {"a.test", "b.test"}} {
		address, first, err := apiclient.Request(context.Background(), base, hostnames...)
		if err != nil || address != base+"/api/instances/parent" || first != 7*time.Second {
			t.Fatalf("started at %s, look in %s (%v)", address, first, err)
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
	base, _ := api(t)
	var seen []string
	last, err := apiclient.Follow(context.Background(), base+"/api/instances/parent", time.Nanosecond, func(s apiclient.Status) { seen = append(seen, s.CustomStatus.Status) })
	if err != nil || last.CustomStatus.Status != "look 2" || fmt.Sprint(seen) != "[look 1 look 2]" {
		t.Errorf("ended with %q after %q (%v)", last.CustomStatus.Status, seen, err)
	}
}

func TestChildrenComeInTheOrderOfTheHostnames(t *testing.T) {
	t.Parallel()
	base, _ := api(t)
	children, err := apiclient.Children(context.Background(), base+"/api/instances/parent", []string{"a.test", "b.test"})
	if err != nil || len(children) != 2 || children[0].Output.SecretID != "secret 1" || children[1].Output.SecretID != "secret 2" || !children[0].Issued() {
		t.Fatalf("children %+v (%v)", children, err)
	}
	if last := apiclient.LastUpdate(children); last.Day() != 2 {
		t.Errorf("the last one ended on %s", last)
	}
}

func TestARefusedCallIsAnErrorWithWhatTheApiSaid(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no such hostname", http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	_, _, err := apiclient.Request(context.Background(), server.URL, "a.test")
	if err == nil || !strings.Contains(err.Error(), "400 no such hostname") {
		t.Errorf("the error is %v", err)
	}
	if err := apiclient.Fire(context.Background(), server.URL, "RenewDue"); err == nil {
		t.Error("a timer that was not run is no error")
	}
}
