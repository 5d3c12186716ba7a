package recorded_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"certgate/localstack/recorded"
)

// inPlace answers with a recorded reply in the simulator's place, with the ids of this
// run in it: a success has the recorded status, headers and members, filled with what
// the simulator says; a refusal has the recorded words, and the simulator is not asked.
func inPlace(t *testing.T, x recorded.Reply, names *strings.Replacer, w http.ResponseWriter, r *http.Request, simulator http.Handler) {
	rec := httptest.NewRecorder()
	if x.Status < 300 {
		simulator.ServeHTTP(rec, r)
		if rec.Code >= 300 { // it knows nothing of what was recorded
			rec = httptest.NewRecorder()
		}
	}
	for name := range x.Headers {
		if own := rec.Header().Get(name); own != "" && !strings.EqualFold(name, "Retry-After") {
			x.Headers[name] = own
		}
	}
	x.Body = json.RawMessage(names.Replace(string(x.Body)))
	if rec.Body.Len() > 0 && string(x.Body) != "null" {
		x.Body = fill(t, x.Body, rec.Body.Bytes())
	}
	x.Write(w)
}

// fill puts the values of one document into the members of another one.
func fill(t *testing.T, shape, values []byte) json.RawMessage {
	t.Helper()
	var into, from any
	for text, v := range map[*any][]byte{&into: shape, &from: values} {
		if err := json.Unmarshal(v, text); err != nil {
			t.Fatalf("%v in %s", err, v)
		}
	}
	filled, err := json.Marshal(filledWith(into, from))
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

// asked are members that are there because a request had them: ours have, the recorded
// ones had not.
var asked = []string{"tags", "sans"}

// filledWith keeps the members that were recorded. Lists are the run's own, because they
// say what this run has; a gateway's have the recorded children beside them.
func filledWith(into, from any) any {
	recordedObject, ok := into.(map[string]any)
	own, same := from.(map[string]any)
	if !ok || !same {
		return withChildren(from, into)
	}
	for name, mine := range own {
		if value, there := recordedObject[name]; there {
			recordedObject[name] = filledWith(value, mine)
		} else if slices.Contains(asked, name) {
			recordedObject[name] = mine
		}
	}
	return recordedObject
}

// withChildren adds the children of a gateway that the list has none of that name for.
func withChildren(list, more any) any {
	own, ok := list.([]any)
	others, same := more.([]any)
	if !ok || !same {
		return list
	}
	names := map[any]bool{}
	for _, child := range own {
		if object, ok := child.(map[string]any); ok {
			names[object["name"]] = true
		}
	}
	for _, child := range others {
		if object, ok := child.(map[string]any); ok && object["name"] != nil && !names[object["name"]] {
			own = append(own, child)
		}
	}
	return own
}
