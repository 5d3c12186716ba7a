package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/internal/durable"
)

// asTheHostSends is the body of a queue trigger: the text is encoded twice, and a
// member of a JSON object stands in Metadata as well.
func asTheHostSends(text string) string {
	once, _ := json.Marshal(text)
	twice, _ := json.Marshal(string(once))
	metadata := `{"DequeueCount":"1","Id":"\"m-1\""}`
	if json.Valid([]byte(text)) && strings.HasPrefix(text, "{") {
		metadata = text
	}
	return `{"Data":{"message":` + string(twice) + `},"Metadata":` + metadata + `}`
}

// Whatever somebody puts into the queue is told of once, with what it was, and gone:
// at its first delivery, and from the poison queue as well.
func TestJunkInTheQueueIsToldOfOnceAndGone(t *testing.T) {
	t.Parallel()
	const kib = 1 << 10
	id := durable.NewID("claim")
	for name, c := range map[string]struct{ text, says, begins string }{
		"not JSON":               {"hello", "not JSON", "hello"},
		"nothing":                {"", "not JSON", ""},
		"another program's JSON": {`{"order":7}`, "names no instance", `{\"order\":7}`},
		"a list":                 {`[{"instance":"` + id + `"}]`, "not JSON of a message", `[{\"instance`},
		"60 KiB":                 {strings.Repeat("x", 60*kib), "not JSON", "xxxx"},
		"60 KiB of quotes":       {strings.Repeat(`"`, 60*kib), "not JSON", `\"\"`},
		"60 KiB of controls":     {strings.Repeat("\x01", 60*kib), "not JSON", `\u0001`},
		"60 KiB of JSON":         {`{"note":"` + strings.Repeat(`\u0001`, 10*kib) + `"}`, "names no instance", `{\"note\"`},
		"a name of 60 KiB":       {`{"instance":"` + strings.Repeat("0", 60*kib) + `","seq":1}`, "names no instance", `{\"instance`},
		"a step of 60 KiB":       {`{"instance":"` + id + `","seq":1,"step":"` + strings.Repeat("S", 60*kib) + `"}`, "names no instance", `{\"instance`},
		"more than the host can": {strings.Repeat("x", 2<<20), "longer than a message can be", `{\"Data\"`},
		"a negative turn":        {`{"instance":"` + id + `","step":"S","seq":-1}`, "for no turn", `{\"instance`},
		"turn 0":                 {`{"instance":"` + id + `","step":"S"}`, "for no turn", `{\"instance`},
		"a turn beyond numbers":  {`{"instance":"` + id + `","step":"S","seq":1e300}`, "not JSON of a message", `{\"instance`},
		"an unknown instance":    {`{"instance":"` + id + `","step":"S","seq":1}`, "an instance that is not stored", id},
		"no id at all":           {`{"instance":"../../x","step":"S","seq":1}`, "an instance that is not stored", "../../x"},
	} {
		for _, path := range []string{"/RunStep", "/RunStepPoison"} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				w := newHostWorld(nil)
				if rec := w.call(path, asTheHostSends(c.text), nil); rec.Code != http.StatusOK {
					t.Errorf("it goes round: %d %s", rec.Code, rec.Body)
				}
				log := w.log.String()
				if lines := strings.Count(log, "\n"); lines != 1 || !strings.Contains(log, c.says) || !strings.Contains(log, c.begins) || len(log) > kib {
					t.Errorf("%d lines of %d bytes, want one that has %q and %q:\n%.2000s", lines, len(log), c.says, c.begins, log)
				}
			})
		}
	}
}

// A message for a turn that is not yet moves nothing and does not come again.
func TestAMessageFarAheadOfItsInstanceIsDropped(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	id, _, err := o.runner.Start(t.Context(), durable.Start{Flow: "AddCertificateFunctions", Claim: "hostnames:a.example.com", Input: json.RawMessage(`{"hostnames":[{"hostname":"a.example.com"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []int64{2, 1 << 62} {
		body := asTheHostSends(fmt.Sprintf(`{"instance":%q,"step":"S","seq":%d}`, id, seq))
		for _, path := range []string{"/RunStep", "/RunStepPoison"} {
			response, err := http.Post("http://"+o.addr+path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("%s for turn %d: %d", path, seq, response.StatusCode)
			}
		}
	}
	if inst, err := o.store.Load(t.Context(), id); err != nil || inst.Seq != 1 || inst.Status != durable.Pending {
		t.Errorf("the instance is at turn %d, %s (%v)", inst.Seq, inst.Status, err)
	}
}
