package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"certgate/api"
)

// Everything that a query is meant to narrow down happens to more if the query is
// not understood.
func TestAQueryThatIsNotUnderstoodDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := w.started("done.example.com")
	w.end(done, false)
	for _, target := range []string{
		"DELETE /api/instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimestatus_=Failed",
		"DELETE /api/instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimeStatus=Failed&runtimeStatus=Completed",
		"DELETE /api/instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimeStatus=Failed&RUNTIMESTATUS=Completed",
		"DELETE /api/instances?createdTimeFrom=2000-01-01T00:00:00Z;runtimeStatus=Failed",
		"DELETE /api/instances?createdTimeFrom=2000-01-01T00:00:00Z&%zz=1",
		"DELETE /api/instances/" + done + "?dryRun=true",
		"DELETE /api/certificates/shop-example-com?revoke=true;",
		"DELETE /api/certificates/shop-example-com?revok=true",
		"POST /api/AddCertificateFunctions_HttpStart?hostname=shop.example.com",
		"GET /api/instances?runtimeStatus=Failed&=1",
	} {
		method, path, _ := strings.Cut(target, " ")
		r := w.call(method, path, `{"hostnames":[{"hostname":"new.example.com"}]}`)
		if fix, _ := r.body["fix"].(string); r.status != http.StatusBadRequest || r.body["code"] != api.CodeQueryNotValid || fix == "" {
			t.Errorf("%s: %d %s", target, r.status, r.raw)
		}
	}
	if r := w.call("GET", "/api/instances", ""); strings.Count(r.raw, `"instanceId"`) != 1 {
		t.Errorf("afterwards there are: %s", r.raw)
	}
}

// The predecessor's host matched names in any letter case, and its callers send
// the key of a function and the name of a task hub.
func TestAQueryOfThePredecessorsCallersIsUnderstood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := w.started("done.example.com")
	w.end(done, true)
	w.started("new.example.com")
	const callers = "CODE=s3cret==&taskHub=Certbot&Connection=Storage&systemKey=k&clientid=default&code=again"
	if r := w.call("GET", "/api/instances/"+done+"?ReturnInternalServerErrorOnFailure=TRUE&"+callers, ""); r.status != http.StatusInternalServerError {
		t.Errorf("a failed instance: %d %s", r.status, r.raw)
	}
	if r := w.call("GET", "/api/instances?RUNTIMESTATUS=failed&"+callers, ""); r.status != http.StatusOK || strings.Count(r.raw, `"instanceId"`) != 1 {
		t.Errorf("failed ones: %d %s", r.status, r.raw)
	}
	if r := w.call("POST", start+"?"+callers, `{"hostnames":[{"hostname":"shop.example.com"}]}`); r.status != http.StatusAccepted {
		t.Errorf("a start: %d %s", r.status, r.raw)
	}
}

// The description says of each call which names its query takes, and a refusal
// says the same.
func TestTheDescriptionNamesWhatEachQueryTakes(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(raw, &description); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	calls := 0
	for path, methods := range description.Paths {
		for method, call := range methods {
			if path == "/api/health" || path == "/api/GetRoles" {
				continue // probes and the platform say what they like
			}
			calls++
			var names []string
			for _, p := range call.Parameters {
				if p.In == "query" {
					names = append(names, p.Name)
				}
			}
			at := strings.NewReplacer("{id}", strings.Repeat("0", 32), "{name}", "shop-example-com", "{event}", "e").Replace(path)
			if !strings.HasPrefix(at, "/api") {
				at = "/api" + at
			}
			r := w.call(strings.ToUpper(method), at+"?nosuch=1", "")
			fix, _ := r.body["fix"].(string)
			says := map[string]bool{}
			for _, name := range strings.FieldsFunc(strings.TrimPrefix(fix, "This call takes "), func(c rune) bool { return strings.ContainsRune(", .:", c) }) {
				says[name] = true
			}
			if len(names) == 0 && !strings.Contains(fix, "takes no query") || len(names) > 0 && len(says) != len(names) {
				t.Errorf("%s %s: described with %q, refused with %q", method, path, names, r.raw)
			}
			for _, name := range names {
				if !says[name] {
					t.Errorf("%s %s: %s is described, and refused with %q", method, path, name, fix)
				}
			}
		}
	}
	if calls < 15 {
		t.Fatalf("only %d calls are described", calls)
	}
}
