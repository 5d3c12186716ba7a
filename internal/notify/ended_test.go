package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"certgate/internal/alert"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
	"certgate/internal/notify"
)

// errands is a flow of people that ends as its input says.
func errands(name string, hidden bool) durable.Definition {
	return durable.Flow[issuance.Input]{
		Name: name, Hidden: hidden, Finished: "Done.",
		Steps: []durable.Step[issuance.Input]{{Name: "ErrandStep", Says: "Running.", Run: func(_ context.Context, _ durable.Turn, s *issuance.Input) (durable.Outcome, error) {
			if s.Hostnames[0].Hostname == "bad.example.com" {
				return durable.Fail(issuance.CodeCaaForbids, "A CAA record forbids it."), nil
			}
			return durable.Done(), nil
		}}},
		Begin: func(input json.RawMessage) (s issuance.Input, err error) { return s, json.Unmarshal(input, &s) },
		Output: func(s *issuance.Input) any {
			return issuance.Result{Hostname: s.Hostnames[0].Hostname, CertificateName: "the-certificate"}
		},
	}.Define()
}

func TestTheEndOfAnInstanceBecomesAnAlert(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		flow      string
		hidden    bool
		parent    string
		terminate bool
		hostnames []string
		failed    int               // renewals before
		want      map[string]string // nil for no alert
	}{
		{name: "completed", flow: issuance.FlowAddCertificate, hostnames: []string{"a.example.com"},
			want: map[string]string{"event": "completed", "hostname": "a.example.com", "certificate": "the-certificate", "message": "Done.", "code": ""}},
		{name: "failed", flow: issuance.FlowAddCertificate, hostnames: []string{"bad.example.com"},
			want: map[string]string{"event": "failed", "hostname": "bad.example.com", "message": "A CAA record forbids it.", "code": issuance.CodeCaaForbids}},
		{name: "a request for many", flow: "AddMultipleCertificatesFunctions", hostnames: []string{"bad.example.com", "b.example.com", "c.example.com"},
			want: map[string]string{"event": "failed", "hostname": "bad.example.com and 2 more"}},
		{name: "one of many", flow: issuance.FlowAddCertificate, parent: "0123", hostnames: []string{"bad.example.com"}},
		{name: "a renewal that failed", flow: issuance.FlowRenewCertificate, parent: "0123", hostnames: []string{"bad.example.com"}, failed: 2,
			want: map[string]string{"event": "failed", "certificate": "asked-for"}},
		{name: "a renewal after others that failed", flow: issuance.FlowRenewCertificate, hostnames: []string{"a.example.com"}, failed: 2,
			want: map[string]string{"event": "recovered", "certificate": "the-certificate", "code": ""}},
		{name: "a run over all certificates", flow: renewal.Flow, hostnames: []string{"a.example.com"}},
		{name: "a run over all certificates that failed", flow: renewal.Flow, hostnames: []string{"bad.example.com"},
			want: map[string]string{"event": "failed"}},
		{name: "a delivery", flow: delivery.FlowName, hostnames: []string{"a.example.com"}},
		{name: "a delivery that failed", flow: delivery.FlowName, hostnames: []string{"bad.example.com"},
			want: map[string]string{"event": "notDelivered", "hostname": "bad.example.com", "certificate": "asked-for"}},
		{name: "a hidden one", flow: "Lane", hidden: true, hostnames: []string{"bad.example.com"}},
		{name: "terminated", flow: issuance.FlowAddCertificate, terminate: true, hostnames: []string{"bad.example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, status(503), status(200))
			events := alert.Kinds()
			if c.want["event"] == "recovered" { // and completed, which would be a second one
				events = []alert.Kind{alert.Failed, alert.Recovered}
			}
			w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}, Events: events})
			w.runner.Add(errands(c.flow, c.hidden))
			// The process dies, again and again, before it has told of the end.
			deaf := 2
			w.runner.OnEnd(func(ctx context.Context, inst *durable.Instance) error {
				if deaf--; deaf >= 0 {
					return errors.New("the process died")
				}
				return w.notifier.Ended(ctx, inst)
			})
			in := issuance.RenewInput{Certificate: "asked-for", Failed: c.failed}
			for _, h := range c.hostnames {
				in.Hostnames = append(in.Hostnames, issuance.Wanted{Hostname: h})
			}
			input, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			id, _, err := w.runner.Start(t.Context(), durable.Start{Flow: c.flow, Claim: "c", Parent: c.parent, Input: input})
			if err != nil {
				t.Fatal(err)
			}
			if c.terminate {
				deaf = 0
				if err := w.runner.Terminate(t.Context(), id, ""); err != nil {
					t.Fatal(err)
				}
			}
			w.pump.Twice, w.pump.LoseDeletes = true, true
			w.drain()
			if c.want == nil {
				if n := len(r.requests()); n != 0 {
					t.Errorf("%d requests, want none", n)
				}
				return
			}
			if len(w.starts.ids) != 1 {
				t.Fatalf("%d notifications, want 1", len(w.starts.ids))
			}
			var got map[string]string
			if err := json.Unmarshal(r.requests()[0].body, &got); err != nil {
				t.Fatal(err)
			}
			for name, want := range c.want {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
			if got["instance"] != id || got["at"] != "2030-03-04T05:06:07Z" {
				t.Errorf("instance %q at %q", got["instance"], got["at"])
			}
		})
	}
}
