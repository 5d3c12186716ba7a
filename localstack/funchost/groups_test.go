package funchost

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/localstack/waittest"

	"github.com/google/go-cmp/cmp"
)

var sharedApp = appFiles{
	"host.json":             hostJSON(queuesJSON),
	"Ask/function.json":     httpFunction(`,"route":"ask"`),
	"RunJob/function.json":  queueFunction("groups"),
	"Tell/function.json":    httpFunction(`,"route":"tell"`),
	"Nightly/function.json": timerFunction,
}

func TestFlexConsumptionHasHTTPTogetherAndEachOtherFunctionAlone(t *testing.T) {
	t.Parallel()
	got, err := FlexGroups(Config{ScriptRoot: writeApp(t, sharedApp), Env: []string{"AzureWebJobsStorage=UseDevelopmentStorage=true"}})
	if diff := cmp.Diff([][]string{{"Ask", "Tell"}, {"Nightly"}, {"RunJob"}}, got); err != nil || diff != "" {
		t.Errorf("groups differ (%v):\n%s", err, diff)
	}
}

func TestAHostHasNothingOfTheFunctionsThatAreNotItsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, sharedApp, Config{Functions: []string{"Ask", "Nightly"}, Env: []string{"AzureWebJobsStorage=" + storage(t)}})
	for path, want := range map[string]int{"/api/ask": http.StatusOK, "/api/tell": http.StatusNotFound} {
		if status, _ := b.request(t, http.MethodGet, path, ""); status != want {
			t.Errorf("%s answers %d, want %d", path, status, want)
		}
	}
	for name, want := range map[string]int{"Nightly": http.StatusAccepted, "RunJob": http.StatusNotFound} {
		status, _ := b.request(t, http.MethodPost, "/admin/functions/"+name, "{}", "x-functions-key", b.MasterKey())
		if status != want {
			t.Errorf("a run by hand of %s answers %d, want %d", name, status, want)
		}
	}
}

func TestAHostRefusesAFunctionThatTheAppDoesNotHave(t *testing.T) {
	t.Parallel()
	b := prepareBench(t, sharedApp, Config{Functions: []string{"Asks"}, Env: []string{"AzureWebJobsStorage=" + storage(t)}})
	if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no function Asks") {
		t.Errorf("Run returned %v", err)
	}
}

// What one host of an app has in hand no other one gets, until it dies with it.
func TestHostsOfOneAppShareAQueueAndInheritWhatADeadOneHad(t *testing.T) {
	t.Parallel()
	name := queueName("shared")
	config := Config{QueueLease: 8 * time.Second, Env: []string{"AzureFunctionsJobHost__extensions__queues__batchSize=1", "AzureFunctionsJobHost__extensions__queues__newBatchThreshold=0"}}
	first, second := newLives(t, name, config), newLives(t, name, config)
	first.control.hold("/RunJob")
	second.control.hold("/RunJob")
	queue := createQueue(t, name)
	for range 2 {
		enqueue(t, queue, base64Text("job"))
	}
	first.control.await(t, "/RunJob", 1)
	second.control.await(t, "/RunJob", 1)
	first.die(t)
	second.control.letGo()
	waittest.Until(t, waittest.Patience, "the other host has done all", func() bool { return length(t, queue) == 0 })
	if a, b := len(first.control.to("/RunJob")), len(second.control.to("/RunJob")); a != 1 || b != 2 {
		t.Errorf("the host that died was given %d jobs, want 1; the other one %d, want 2: its own and that of the dead one", a, b)
	}
}
