package e2e

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/localstacktest"
)

// A program follows an instance through the Functions host, from its start to its end,
// without asking again.
func TestAProgramFollowsAnInstanceByItsEvents(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Env: []string{"EventStreams=1"}})
	id := w.Request("shop.example.test")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.API()+"/api/instances/"+id+"/events", nil)
	must(t, err)
	req.Header.Set(apiclient.PrincipalHeader, apiclient.Principal("program", "reader"))
	reply, err := http.DefaultClient.Do(req)
	must(t, err)
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK || reply.Header.Get("Content-Type") != "text/event-stream" || reply.ContentLength >= 0 {
		t.Fatalf("%d %v", reply.StatusCode, reply.Header)
	}
	var kinds []string
	last := ""
	lines := bufio.NewScanner(reply.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if kind, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kinds = append(kinds, kind)
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && data != "{}" {
			last = data
		}
	}
	must(t, lines.Err())
	if len(kinds) < 3 || kinds[len(kinds)-1] != "end" || !strings.Contains(last, `"runtimeStatus":"Completed"`) {
		t.Errorf("events %q, the last status %s", kinds, last)
	}
}
