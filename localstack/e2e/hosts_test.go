package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/funchost"
	"certgate/localstack/localstacktest"
	"certgate/localstack/storagedoor"
)

// requestAll asks for many hostnames in one request.
func requestAll(t *testing.T, w *localstacktest.World, hostnames ...string) (id string) {
	t.Helper()
	id, _, err := w.Client("test", "admin").Request(t.Context(), hostnames...)
	must(t, err)
	return id
}

// eachOnce looks that each hostname has one order, one listener, and is served.
func eachOnce(t *testing.T, w *localstacktest.World, hostnames ...string) {
	t.Helper()
	if n := w.Orders(); n != len(hostnames) {
		t.Errorf("%d orders for %d hostnames", n, len(hostnames))
	}
	listeners := w.Listeners()
	slices.Sort(listeners)
	if !slices.Equal(listeners, hostnames) {
		t.Errorf("listeners %q, want %q", listeners, hostnames)
	}
	for _, h := range hostnames {
		if _, err := w.Served(h); err != nil {
			t.Errorf("%s is not served: %v", h, err)
		}
	}
	if files := w.ValidationFiles(); len(files) > 0 {
		t.Errorf("validation files left: %q", files)
	}
}

// What a dead host had in hand the others finish, and the API answers all the while.
func TestThreeHostsShareTheStepsAndIssueEachCertificateOnce(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Hosts: "3", Duplicate: funchost.DeliverTwice, QueueLease: 5 * time.Second})
	var steps [3]atomic.Int32
	w.Door.SetHooks(storagedoor.Hooks{OnAnswer: func(service string, r *http.Request, _ int) {
		if storagedoor.Kind(service, r) == "table batch" {
			steps[localstack.HostOf(r.Context())].Add(1)
		}
	}})
	hostnames := []string{"a.example.test", "b.example.test", "c.example.test", "d.example.test", "e.example.test"}
	id := requestAll(t, w, hostnames...)
	// A host that is quick may have run every step before the others look into the
	// queue: then there is more to do.
	ids := []string{id}
	eachHasWritten := func() bool { return steps[0].Load() > 0 && steps[1].Load() > 0 && steps[2].Load() > 0 }
	for n := 1; !eachHasWritten(); n++ {
		if n > 40 {
			t.Fatalf("after %d requests the hosts have written %d, %d and %d times", n, steps[0].Load(), steps[1].Load(), steps[2].Load())
		}
		more := fmt.Sprintf("more%d.example.test", n)
		hostnames = append(hostnames, more)
		ids = append(ids, requestAll(t, w, more))
	}
	must(t, w.RestartHost(t.Context(), 1))
	for range 3 {
		if code, _ := w.Call(http.MethodGet, "/api/instances/"+id, ""); code != http.StatusAccepted && code != http.StatusOK {
			t.Errorf("the status answers %d", code)
		}
	}
	for _, id := range ids {
		if end := w.Finish(id, patience); !end.Completed() {
			t.Errorf("ended %s %+v", end.RuntimeStatus, end.CustomStatus)
		}
	}
	slices.Sort(hostnames)
	eachOnce(t, w, hostnames...)
}

// What docs/operations.md says of Flex Consumption: the process that answers /api runs
// no step, so what is counted in a process is not seen there, and stored state is.
func TestOnFlexConsumptionWhatIsScrapedKnowsTheStepsFromStorageAlone(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Hosts: "flex"})
	if n := len(w.Hosts()); n < 7 {
		t.Fatalf("%d hosts, want one for HTTP and one for each other function", n)
	}
	hostnames := []string{"a.example.test", "b.example.test", "c.example.test"}
	id := requestAll(t, w, hostnames...)
	if end := w.Finish(id, patience); !end.Completed() {
		t.Fatalf("ended %s %+v", end.RuntimeStatus, end.CustomStatus)
	}
	eachOnce(t, w, hostnames...)

	text := scrape(t, w)
	for _, want := range []string{
		`certgate_instances_started{code="",flow="AddMultipleCertificatesFunctions",status="Completed"} 1`,
		`certgate_instances_started{code="",flow="AddCertificateFunctions",status="Completed"} 3`,
		`certgate_certificates{state="ok"} 3`,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, counted := range []string{"certgate_step_runs_total{", "certgate_step_run_duration_seconds_count{", "certgate_instances_ended_total{"} {
		if strings.Contains(text, "\n"+counted) {
			t.Errorf("the process that answers /api has run steps: %s", counted)
		}
	}
	if t.Failed() {
		t.Log(text)
	}

	for _, timer := range []string{"RenewDue", "Watch", "Rescue"} {
		must(t, w.Client("test", "admin").Fire(t.Context(), timer)) // no other host has it
	}
}
