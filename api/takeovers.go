package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/takeover"
	"certgate/internal/preflight"
	"certgate/internal/principal"
)

// Planner says what a take-over would do; takeover.Ports does.
type Planner interface {
	Plan(ctx context.Context, now time.Time, listeners []string, w takeover.Wish) (takeover.Plan, error)
}

// takeOverRequest is the body of a take-over.
type takeOverRequest struct {
	Listeners             []string     `json:"listeners"`
	How                   takeover.How `json:"how"`
	DryRun                bool         `json:"dryRun"`
	AcceptDomainValidated bool         `json:"acceptDomainValidated"`
	OrdersPerDomain       int          `json:"ordersPerDomainPerWeek"`
}

// mostOrdersPerWeek is what Let's Encrypt gives all accounts of a registered domain.
const mostOrdersPerWeek = 50

// takeOver says what a take-over of listeners would do (dryRun), which an operator may, or
// starts it, which takes an admin: an instance with a child for each listener. What is
// refused is a child that fails with the reason, so that one request has one answer.
func (s *server) takeOver(w http.ResponseWriter, r *http.Request) error {
	in := takeOverRequest{}
	if err := decodeBodyOf(w, r, &in, maxBody, "Send fewer listeners per request.", `{"listeners":["shop"],"how":"adopt","dryRun":true}`); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if !in.DryRun {
		if err := s.require(r, principal.Admin); err != nil {
			return err
		}
	}
	wish := takeover.Wish{How: in.How, AcceptDomainValidated: in.AcceptDomainValidated}
	plan, err := s.surveyed.Planner.Plan(r.Context(), s.now(), in.Listeners, wish)
	if err != nil {
		return err
	}
	if len(plan.Missing) > 0 {
		if err := s.elsewhere(r.Context(), plan.Missing...); err != nil {
			return err
		}
		return problem(CodeListenerNotFound, "The gateway has no listener with TLS named "+strings.Join(plan.Missing, ", ")+". Nothing was started.", "Take names from GET /api/listeners.")
	}
	s.lookBeforeOrders(r.Context(), &plan)
	plan.Count(s.now(), in.OrdersPerDomain)
	if in.DryRun {
		writeJSON(w, http.StatusOK, plan)
		return nil
	}
	start, err := batch.TakeOverStart(wanted(plan, in))
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

func (in *takeOverRequest) check() error {
	seen := map[string]bool{}
	in.Listeners = slices.DeleteFunc(in.Listeners, func(name string) bool {
		twice := seen[strings.ToLower(name)]
		seen[strings.ToLower(name)] = true
		return twice
	})
	switch n := len(in.Listeners); {
	case n == 0:
		return problem(CodeListenersMissing, "The request names no listener.", `Send {"listeners":["shop"]} with names from GET /api/listeners.`)
	case n > takeover.MaxListeners:
		return problem(CodeListenersTooMany, fmt.Sprintf("The request names %d listeners; one request takes %d.", n, takeover.MaxListeners), "Send them in several requests.")
	case !slices.Contains([]takeover.How{takeover.Either, takeover.Adopt, takeover.Order}, in.How):
		return problem(CodeTakeOverNotValid, "how is neither adopt nor order.", `Use "adopt" to renew the certificate as it is, "order" to have one ordered, or leave it out for whichever is possible.`)
	case in.OrdersPerDomain < 0 || in.OrdersPerDomain > mostOrdersPerWeek:
		return problem(CodeTakeOverNotValid, fmt.Sprintf("ordersPerDomainPerWeek is not a number from 1 to %d.", mostOrdersPerWeek), "Leave it out for 25: the domain's other teams share its limit.")
	}
	return nil
}

// ownMatters are the checks of a hostname that an order would fail at.
var ownMatters = []string{"dns", "caa", "port80", "listener"}

// lookBeforeOrders refuses orders whose hostname is not ready, by the checks that anybody
// can ask for.
func (s *server) lookBeforeOrders(ctx context.Context, plan *takeover.Plan) {
	var hosts []issuance.Wanted
	for _, v := range plan.Listeners {
		if v.Verdict == takeover.Order {
			for _, host := range v.Hostnames {
				if !strings.Contains(host, "*") { // a wildcard has no address of its own
					hosts = append(hosts, issuance.Wanted{Hostname: host})
				}
			}
		}
	}
	if len(hosts) == 0 || s.preflight == nil {
		return
	}
	for _, report := range s.preflight.Hostnames(ctx, hosts).Hostnames {
		i := slices.IndexFunc(plan.Listeners, func(v takeover.Verdict) bool {
			return v.Verdict == takeover.Order && slices.Contains(v.Hostnames, report.Hostname)
		})
		for _, c := range report.Checks {
			if i >= 0 && c.State == preflight.Mend && slices.Contains(ownMatters, c.Check) {
				plan.Listeners[i].Verdict, plan.Listeners[i].Code, plan.Listeners[i].Message = takeover.Refused, issuance.CodeTakeOverNotReady, c.Finding+" "+c.Fix
				plan.Listeners[i].Changes, plan.Listeners[i].Loses = nil, nil
			}
		}
	}
}

func wanted(plan takeover.Plan, in takeOverRequest) (all batch.TakeOverInput) {
	for _, v := range plan.Listeners {
		one := issuance.TakeOverInput{Listener: v.Listener, Hostnames: issuance.InputHostnames(v.Hostnames), How: string(v.Verdict), AcceptDomainValidated: in.AcceptDomainValidated, At: v.StartsAt}
		if v.Verdict == takeover.Refused { // its first step says why, afresh
			one.How = string(in.How)
		}
		if len(v.Hostnames) == 0 {
			one.Hostnames = issuance.InputHostnames([]string{v.Listener})
		}
		one.Refused = v.Verdict == takeover.Refused
		all.Listeners = append(all.Listeners, one)
	}
	return all
}

// unpinListener lets a listener's certificate entry follow the newest version.
func (s *server) unpinListener(w http.ResponseWriter, r *http.Request) error {
	row, err := s.listenerNamed(r)
	if err != nil {
		return err
	}
	if row.Pinned == "" {
		return problem(CodeListenerNotPinned, fmt.Sprintf("The certificate entry %s of the listener %s names no version.", row.Entry, row.Name), "Nothing is to be done; what the survey saw may be an hour old.")
	}
	start, err := takeover.UnpinStart(&row.Row)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// giveBackListener gives a listener what it had before certgate.
func (s *server) giveBackListener(w http.ResponseWriter, r *http.Request) error {
	name := chi.URLParam(r, "name")
	record, err := s.takenOver(r.Context(), name)
	if err != nil {
		return err
	}
	for _, f := range record.Former {
		if !f.NotAfter.IsZero() && !s.now().Before(f.NotAfter) {
			return problem(CodeGiveBackNotPossible, fmt.Sprintf("The former certificate %s of the listener %s expired on %s.", f.Entry, f.Listener, managed.Day(f.NotAfter)), "Leave certgate's; or put another certificate there by hand.")
		}
	}
	start, err := takeover.GiveBackStart(name, record)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// takenOver is the record by which certgate knows what a listener had before.
func (s *server) takenOver(ctx context.Context, listener string) (*managed.Record, error) {
	row, err := s.surveyedRow(ctx, inventory.KindListener, "", listener)
	if err != nil {
		return nil, err
	}
	certificate := ""
	if row == nil {
		if err := s.elsewhere(ctx, listener); err != nil {
			return nil, err
		}
	} else {
		certificate = row.ManagedCertificate
	}
	for filter := (managed.Filter{Sort: "name", Top: 1000}); ; {
		page, next, err := s.certificates.Records.ListRecords(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			former := slices.ContainsFunc(r.Former, func(f managed.Former) bool { return f.Gateway == "" && strings.EqualFold(f.Listener, listener) })
			if !r.Retired && (former || r.Adopted != nil && (strings.EqualFold(r.Name, certificate) || strings.EqualFold(r.Adopted.Listener, listener))) {
				return r, nil
			}
		}
		if filter.Token = next; next == "" {
			return nil, problem(CodeGiveBackNotPossible, fmt.Sprintf("certgate knows of nothing that the listener %s had before.", listener), "Only what a take-over or a request has replaced can be given back.")
		}
	}
}

// listenerNamed is the row of the listener in the path.
func (s *server) listenerNamed(r *http.Request) (*inventory.Stored, error) {
	row, err := s.surveyedRow(r.Context(), inventory.KindListener, "", chi.URLParam(r, "name"))
	if err != nil {
		return nil, err
	}
	if row == nil {
		if err := s.elsewhere(r.Context(), chi.URLParam(r, "name")); err != nil {
			return nil, err
		}
		return nil, problem(CodeListenerNotFound, "The gateway had no listener of this name with a certificate when it was surveyed last.", "GET /api/listeners lists what there is. A new listener appears within the hour.")
	}
	return row, nil
}

// elsewhere is the refusal of listeners that are on a gateway beside the default one, where
// nothing is taken over as it is; nil if none is.
func (s *server) elsewhere(ctx context.Context, listeners ...string) error {
	rows, err := s.surveyed.Rows.ListRows(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Gateway != "" && row.Kind == inventory.KindListener && slices.ContainsFunc(listeners, func(name string) bool { return strings.EqualFold(name, row.Name) }) {
			return problem(CodeListenerNotFound, fmt.Sprintf("The listener %s is on the gateway %s; listeners are taken over, given back and unpinned on the gateway %s alone. Nothing was started.", row.Name, row.Gateway, issuance.DefaultGateway),
				fmt.Sprintf(`Ask for a certificate of its hostnames with "gateways":[%q] and "takeOver":true.`, row.Gateway))
		}
	}
	return nil
}
