package boundary_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"
	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
	"certgate/internal/gatewaylane"
	"certgate/internal/issuance/survey"
	"certgate/localstack/boundary"
	"certgate/localstack/waittest"
)

// receiver gets the notifications.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	ids map[string]map[string]bool // "event hostname" to the ids that it came with
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{ids: map[string]map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var n struct{ Event, Hostname string }
	if err := json.NewDecoder(req.Body).Decode(&n); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	what := n.Event + " " + n.Hostname
	if r.ids[what] == nil {
		r.ids[what] = map[string]bool{}
	}
	r.ids[what][req.Header.Get("Webhook-Id")] = true
}

// told is how many notifications there were of each kind. One that was delivered
// again, because the handler did not live to remember it, has the same id.
func (r *receiver) told() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	count := map[string]int{}
	for what, ids := range r.ids {
		count[what] = len(ids)
	}
	return count
}

// news is what people are told of in the end, and how often.
func (m *mix) news() map[string]int {
	more, ofMail := " and 1 more", 3
	if m.oneName {
		more, ofMail = "", 2
	}
	news := map[string]int{
		"completed " + shop + more: 3, "completed " + mail: ofMail, "completed " + uploaded: 1,
		"failed " + broken + more: 1, "failed " + shop + more: 1, "failed " + unlucky: 1,
	}
	if !m.oneName {
		news["failed "+wasted] = 1
	}
	return news
}

type certificate struct{ Version, State, Served string }

func (m *mix) certificate(hostname string) (c certificate) {
	m.t.Helper()
	m.killer.Call(func() {
		code, raw := m.Call(http.MethodGet, "/api/certificates/"+name(hostname), "")
		if err := json.Unmarshal(raw, &c); err != nil || code != http.StatusOK {
			m.t.Fatalf("certificate of %s: %d %s", hostname, code, raw)
		}
	})
	return c
}

// look asserts what people see while the gateway runs. first is the version of
// shop before its renewal.
func (m *mix) look(first string) {
	m.t.Helper()
	for _, h := range []string{shop, uploaded} {
		if c := m.certificate(h); c.State != "ok" || c.Served != "current" {
			m.t.Errorf("%s is %+v", h, c)
		}
	}
	if m.certificate(shop).Version == first {
		m.t.Errorf("%s has the version that was to be renewed", shop)
	}
	if c := m.certificate(mail); c.State != "retired" {
		m.t.Errorf("%s is %+v", mail, c)
	}
	issued := []string{shop}
	want := []string{shop, uploaded}
	if !m.oneName {
		issued = []string{beside(shop), shop}
		want = []string{broken, beside(shop), shop, uploaded}
		if _, listeners := m.document(); listeners[name(broken)] != name(broken) {
			m.t.Errorf("the listener of %s has the certificate %s", broken, listeners[name(broken)])
		}
	}
	for _, h := range issued {
		if _, err := m.Served(h); err != nil {
			m.t.Errorf("%s is not served: %v", h, err)
		}
	}
	if _, err := m.Served(mail); err == nil {
		m.t.Errorf("%s is still served", mail)
	}
	if hosts := slices.Sorted(slices.Values(m.Listeners())); !slices.Equal(hosts, want) {
		m.t.Errorf("listeners %q", hosts)
	}
	if !m.oneName && len(m.ListenersOn(1)) > 0 {
		m.t.Errorf("listeners of the second gateway: %q", m.ListenersOn(1))
	}
}

// nothingLeft asserts that everything ended and nothing was lost, made twice or
// left behind.
func (m *mix) nothingLeft() {
	m.t.Helper()
	m.allEnd()
	// Five issues, or four, and two renewals. The authority does not give a pending order
	// again, so where an order's row was lost, there is one more: once for issuing,
	// once for renewing.
	orders, made := 6, map[string]int{shop: 2, mail: 1, uploaded: 1, unlucky: 1}
	if !m.oneName {
		orders, made[wasted] = 7, 1
	}
	if m.at == boundary.BeforeRow {
		orders += 2
	}
	if n := m.Orders(); n != orders {
		m.t.Errorf("%d orders, want %d", n, orders)
	}
	versions, pending := map[string]int{}, map[string]bool{}
	for _, h := range []string{shop, mail, slow, broken, uploaded, unlucky, wasted} {
		if n := m.Versions(name(h)); n > 0 {
			versions[h] = n
		}
		if m.Pending(name(h)) {
			pending[h] = true
		}
	}
	if diff := cmp.Diff(made, versions); diff != "" {
		m.t.Errorf("versions in the vault (-want +got):\n%s", diff)
	}
	if len(pending) > 0 {
		m.t.Errorf("the vault has operations in progress for %v", slices.Collect(maps.Keys(pending)))
	}
	if files := m.ValidationFiles(); len(files) > 0 {
		m.t.Errorf("validation files left: %q", files)
	}
	if records := m.TXTNames(); len(records) > 0 {
		m.t.Errorf("TXT records left: %q", records)
	}
	// The other release does not know a survey: its message may end there, its row waits for
	// the next timer of the release that does.
	if n := m.poison(); n > 0 && !slices.ContainsFunc(m.killer.Instances(), m.ofOneRelease) {
		m.t.Errorf("%d messages in the poison queue", n)
	}
	if diff := cmp.Diff(m.news(), m.told.told()); diff != "" {
		m.t.Errorf("people were told of (-want +got):\n%s", diff)
	}
}

// ofOneRelease reports whether one of the releases does not know the flow.
func (m *mix) ofOneRelease(inst durable.Instance) bool { return m.oneName && inst.Flow == survey.Flow }

// allEnd waits for the end of whatever still runs, and holds the ends that were
// not looked at yet against what is wanted: children, the lane, notifications.
func (m *mix) allEnd() {
	m.t.Helper()
	var running []durable.Instance
	if !waittest.Holds(patience, func() bool {
		running = slices.DeleteFunc(m.killer.Instances(), func(inst durable.Instance) bool {
			return inst.Status.Ended() || m.ofOneRelease(inst)
		})
		return len(running) == 0 && len(m.told.told()) == len(m.news()) // a notification starts after the end of what it tells
	}) {
		for _, inst := range running {
			m.t.Errorf("%s of %s (%s) is in %s since %s: %s", inst.Flow, inst.Claim, inst.ID, inst.Step, inst.StepSince, inst.WaitingFor)
		}
		m.t.Fatalf("not within %s: every instance ended and people told of it; they were told of %v", patience, m.told.told())
	}
	ends := map[string]int{}
	for _, inst := range m.killer.Instances() {
		if (inst.Parent != "" || inst.Hidden && inst.Status != durable.Completed) && !m.ofOneRelease(inst) {
			ends[fmt.Sprint(inst.Flow, " ", inst.Status)]++
		}
	}
	want := map[string]int{"AddCertificateFunctions Completed": 1, "AddCertificateFunctions Terminated": 1, gatewaylane.FlowName + " Failed": 1}
	if diff := cmp.Diff(want, ends); diff != "" {
		m.t.Errorf("ends of children and of hidden instances (-want +got):\n%s", diff)
	}
}

func (m *mix) poison() int32 {
	m.t.Helper()
	queue, err := azqueue.NewQueueClientFromConnectionString(m.Azurite.ConnectionString(), "certgate-steps-poison", nil)
	if err != nil {
		m.t.Fatal(err)
	}
	properties, err := queue.GetProperties(m.t.Context(), nil)
	if queueerror.HasCode(err, queueerror.QueueNotFound) {
		return 0
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return *properties.ApproximateMessagesCount
}
