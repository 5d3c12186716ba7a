package funchost

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMembersOfAJSONMessageOverrideMetadata(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, content string
		want          map[string]string // key to JSON
	}{
		{"text", "hello", map[string]string{"Id": `"\"m-1\""`}},
		{"array", `[{"id":"42"}]`, map[string]string{"Id": `"\"m-1\""`}},
		{"broken", `{"id":"42"`, map[string]string{"Id": `"\"m-1\""`}},
		{"id in any case", `{"id":"42"}`, map[string]string{"Id": `"\"42\""`}},
		{"a number becomes text", `{"dequeuecount":7}`, map[string]string{"Id": `"\"m-1\""`, "DequeueCount": `"\"7\""`}},
		{"a bool as .NET writes it", `{"ok":true}`, map[string]string{"Id": `"\"m-1\""`, "ok": `"\"True\""`}},
		{"a fraction as .NET writes it", `{"e":1.50,"f":1e3,"g":12345678901234567890,"h":1E+20,"i":-0.000001}`, map[string]string{"Id": `"\"m-1\""`,
			"e": `"\"1.5\""`, "f": `"\"1000\""`, "g": `"\"12345678901234567890\""`, "h": `"\"1E+20\""`, "i": `"\"-1E-06\""`}},
		{"a time as .NET writes it", `{"at":"2026-01-02T03:04:05.678+02:00","day":"2026-01-02"}`, map[string]string{"Id": `"\"m-1\""`,
			"at": `"\"01/02/2026 01:04:05\""`, "day": `"\"2026-01-02\""`}},
		{"sys is overridden in any case", `{"SYS":"s"}`, map[string]string{"Id": `"\"m-1\""`, "sys": `"\"s\""`}},
		{"an object stays one", `{"sys":{"a":[1]}}`, map[string]string{"Id": `"\"m-1\""`, "sys": `{"a":[1]}`}},
		{"arrays, null and triggers are left out", `{"id":null,"list":[1],"myTrigger":"x"}`, map[string]string{"Id": `"\"m-1\""`}},
		{"the last of two wins", `{"id":"1","ID":"2"}`, map[string]string{"Id": `"\"2\""`}},
		{"quotes and brackets", `{"note":"<\"&>"}`, map[string]string{"Id": `"\"m-1\""`, "note": `"\"<\\\"&>\""`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := queuePayload("RunJob", &queueTrigger{binding: "job"}, queueMessage{id: "m-1", content: []byte(c.content), dequeueCount: 1})
			var got struct{ Metadata map[string]json.RawMessage }
			if err := json.Unmarshal(p.body(), &got); err != nil {
				t.Fatal(err)
			}
			usual := map[string]string{
				"DequeueCount": `"1"`, "PopReceipt": `"\"\""`, "InsertionTime": `"0001-01-01T00:00:00+00:00"`,
				"ExpirationTime": `"0001-01-01T00:00:00+00:00"`, "NextVisibleTime": `"0001-01-01T00:00:00+00:00"`,
			}
			for key, value := range c.want {
				usual[key] = value
			}
			shown := map[string]string{}
			for key, value := range got.Metadata {
				if key != "sys" || usual["sys"] != "" {
					shown[key] = string(value)
				}
			}
			if diff := cmp.Diff(usual, shown); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueuePayloadShape(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 10, 0, 120_000_000, time.UTC)
	m := queueMessage{id: "m-1", popReceipt: "r", content: []byte{0xff, 'a'}, dequeueCount: 3, inserted: at, expires: at, visibleAt: at}
	p := queuePayload("RunJob", &queueTrigger{binding: "job", binary: true}, m)
	var got struct {
		Data     map[string]string
		Metadata struct {
			DequeueCount, InsertionTime string
			Sys                         struct{ MethodName, UtcNow, RandGuid string } `json:"sys"`
		}
	}
	if err := json.Unmarshal(p.body(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Data["job"] != "/2E=" {
		t.Errorf("binary data is %q, want base64 encoded once", got.Data["job"])
	}
	if got.Metadata.DequeueCount != "3" || got.Metadata.InsertionTime != "2026-01-01T00:10:00.12+00:00" {
		t.Errorf("metadata is %+v", got.Metadata)
	}
	if s := got.Metadata.Sys; s.MethodName != "RunJob" || s.UtcNow == "" || len(s.RandGuid) != 36 {
		t.Errorf("sys is %+v", s)
	}
}

func TestTimerPayloadHasNoStatusWithoutMonitor(t *testing.T) {
	t.Parallel()
	p := timerPayload("Tick", &timerTrigger{binding: "tick", schedule: schedule{constant: true}}, timerStatus{}, false)
	var got struct{ Data map[string]json.RawMessage }
	if err := json.Unmarshal(p.body(), &got); err != nil {
		t.Fatal(err)
	}
	if want := `{"IsPastDue":false,"Schedule":{"AdjustForDST":false},"ScheduleStatus":null}`; string(got.Data["tick"]) != want {
		t.Errorf("timer info is %s, want %s", got.Data["tick"], want)
	}
}
