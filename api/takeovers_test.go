package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/takeover"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// Afresh implements takeover.Surveyor: what is stored, as if it was seen now.
func (w *world) Afresh(ctx context.Context, _ time.Time, listeners []string) (rows []*inventory.Stored, ingress bool, err error) {
	all, err := w.rows.ListRows(ctx)
	for _, r := range all {
		for _, name := range listeners {
			if r.Gateway == "" && strings.EqualFold(r.Name, name) { // of the default gateway
				rows = append(rows, r)
			}
		}
	}
	return rows, false, err
}

func TestADryRunIsAnOperatorsAndATakeOverAnAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("bot.example.com", nil)
	w.surveyed("private.example.com", func(r *inventory.Stored) { r.Frontend = "private" })
	operator := principaltest.ClientPrincipal("aad", "olga@example.com", principal.Operator)
	body := `{"listeners":["bot-example-com","Private-example-com","bot-example-com"],"dryRun":true}`
	r := w.callWith("POST", "/api/takeovers", body, principal.Header, operator)
	if r.status != http.StatusOK || !strings.Contains(r.raw, `"adopt":1,"order":0,"refused":1,"gatewayWrites":0,"ordersNow":0`) || !strings.Contains(r.raw, `"code":"TakeOverPrivate"`) || !strings.Contains(r.raw, "gets the tags Hostname and ManagedBy") {
		t.Errorf("dry run: %d %s", r.status, r.raw)
	}
	w.wantNothingStored()
	body = strings.Replace(body, "true", "false", 1)
	if r := w.callWith("POST", "/api/takeovers", body, principal.Header, operator); r.status != http.StatusForbidden {
		t.Errorf("an operator takes over: %d %s", r.status, r.raw)
	}
	w.wantNothingStored()
	r = w.call("POST", "/api/takeovers", body)
	if r.status != http.StatusAccepted {
		t.Fatalf("an admin: %d %s", r.status, r.raw)
	}
	inst, err := w.store.Load(t.Context(), r.body["id"].(string))
	if err != nil || inst.Flow != "TakeOverFunctions" || !strings.Contains(string(inst.Input), `"listener":"private-example-com","hostnames":[{"hostname":"private.example.com"}],"refused":true`) {
		t.Errorf("%s %s %v", inst.Flow, inst.Input, err)
	}
}

func TestListenersOfOtherGatewaysAreRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("far.example.com", func(r *inventory.Stored) { r.Gateway, r.Pinned = "eu", "v1" })
	for path, body := range map[string]string{
		"/api/takeovers":                          `{"listeners":["Far-example-com"],"how":"adopt"}`,
		"/api/listeners/far-example-com/unpin":    "",
		"/api/listeners/far-example-com/giveBack": "",
	} {
		r := w.call("POST", path, body)
		if r.status != http.StatusNotFound || r.body["code"] != api.CodeListenerNotFound || !strings.Contains(r.raw, "is on the gateway eu") || !strings.Contains(r.raw, `\"gateways\":[\"eu\"]`) {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	w.wantNothingStored()
}

func TestWhatCannotBeTakenOverIsRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("bot.example.com", nil)
	for body, code := range map[string]string{
		`{"listeners":[]}`:                                                       "ListenersMissing",
		`{"listeners":["bot-example-com","nobody"]}`:                             "ListenerNotFound",
		`{"listeners":["bot-example-com"],"how":"steal"}`:                        "TakeOverNotValid",
		`{"listeners":["bot-example-com"],"ordersPerDomainPerWeek":51}`:          "TakeOverNotValid",
		`{"listeners":["` + strings.Join(numbered(101), `","`) + `"]}`:           "ListenersTooMany",
		`{"listeners":["bot-example-com"],"dryRun":true,"acceptanyting":"true"}`: "RequestBodyUnknownField",
	} {
		if r := w.call("POST", "/api/takeovers", body); r.status < 400 || r.status >= 500 || r.body["code"] != code || r.body["fix"] == nil {
			t.Errorf("%.80s: %d %s", body, r.status, r.raw)
		}
	}
	if r := w.call("POST", "/api/listeners/bot-example-com/unpin", ""); r.status != http.StatusConflict || r.body["code"] != "ListenerNotPinned" {
		t.Errorf("unpin: %d %s", r.status, r.raw)
	}
	if r := w.call("POST", "/api/listeners/bot-example-com/giveBack", ""); r.status != http.StatusConflict || r.body["code"] != "GiveBackNotPossible" {
		t.Errorf("give back: %d %s", r.status, r.raw)
	}
	w.wantNothingStored()
}

func TestTheWayBackAndUnpinningAreStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("shop.example.com", func(r *inventory.Stored) { r.Pinned = "0123" })
	w.surveyed("old.example.com", nil)
	for name, r := range map[string]*managed.Record{
		"shop-example-com": {Name: "shop-example-com", Hostnames: []string{"shop.example.com"}, Adopted: &managed.Adoption{Listener: "shop-example-com"}},
		"old-example-com":  {Name: "old-example-com", Hostnames: []string{"old.example.com"}, Former: []managed.Former{{Listener: "old-example-com", Entry: "pfx", NotAfter: w.clock.Now()}}},
	} {
		if err := w.records.SaveRecord(t.Context(), r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for path, flow := range map[string]string{"/api/listeners/Shop-example-com/unpin": issuance.FlowUnpinListener, "/api/listeners/shop-example-com/giveBack": issuance.FlowGiveBackListener} {
		r := w.call("POST", path, "")
		if r.status != http.StatusAccepted {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
			continue
		}
		if inst, err := w.store.Load(t.Context(), r.body["id"].(string)); err != nil || inst.Flow != flow {
			t.Errorf("%s: %+v, %v", path, inst, err)
		}
	}
	if r := w.call("POST", "/api/listeners/old-example-com/giveBack", ""); r.status != http.StatusConflict || !strings.Contains(r.raw, "expired on") {
		t.Errorf("expired: %d %s", r.status, r.raw)
	}
	if r := w.call("DELETE", "/api/certificates/shop-example-com", ""); r.status != http.StatusConflict || r.body["code"] != "CertificateAdopted" {
		t.Errorf("retire: %d %s", r.status, r.raw)
	}
}

func (w *world) planner() takeover.Ports { return takeover.Ports{Surveyor: w} }
