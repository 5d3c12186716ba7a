package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
)

// Listeners is what the view of the gateway's listeners is made of.
type Listeners struct {
	Rows inventory.Rows
	// HTTPSPort is that on which certgate installs; 0 means 443.
	HTTPSPort int
	Planner   Planner
	// Look is what the gateway serves for a listener at this moment; nil shows what the
	// survey saw last.
	Look func(ctx context.Context, row *inventory.Row, now time.Time) inventory.Served
}

// listenersCSV is published: the columns keep their order, new ones come last.
var listenersCSV = []string{"kind", "name", "hostnames", "port", "state", "renewedBy", "sure", "detail", "issuer", "notAfter", "served", "servedNotAfter", "source", "secretId", "pinned", "reason", "fix", "gateway"}

// listListeners answers every row that fits, the worst first. The gateway's own limits
// bound them, so there are no pages.
func (s *server) listListeners(w http.ResponseWriter, r *http.Request) error {
	filter, err := listenerFilterOf(r)
	if err != nil {
		return err
	}
	rows, err := s.surveyed.Rows.ListRows(r.Context())
	if err != nil {
		return err
	}
	counts := map[inventory.State]int{}
	surveyed := time.Time{}
	list := []inventory.Row{}
	for _, row := range rows {
		counts[row.State]++
		if row.CheckedAt.After(surveyed) {
			surveyed = row.CheckedAt
		}
		if filter.fits(&row.Row) {
			shown := row.Row
			shown.Gateway = cmp.Or(shown.Gateway, issuance.DefaultGateway)
			list = append(list, shown)
		}
	}
	slices.SortFunc(list, filter.order)
	if filter.csv {
		writeListenersCSV(w, list, s.now())
		return nil
	}
	body := map[string]any{"listeners": list[:min(len(list), filter.top)], "total": len(list), "states": counts}
	if !surveyed.IsZero() {
		body["surveyedAt"] = instant(surveyed)
	}
	return writeTagged(w, r, http.StatusOK, body)
}

// getListener shows one listener as it is served at this moment.
func (s *server) getListener(w http.ResponseWriter, r *http.Request) error {
	kind, name := inventory.Kind(cmp.Or(r.URL.Query().Get("kind"), string(inventory.KindListener))), chi.URLParam(r, "name")
	if !slices.Contains(inventory.Kinds(), kind) {
		return problem(CodeQueryNotValid, "kind is unknown.", "Use listener, entry, clientCa or backendCa.")
	}
	row, err := s.surveyedRow(r.Context(), kind, r.URL.Query().Get("gateway"), name)
	if err != nil {
		return err
	}
	if row == nil {
		return problem(CodeListenerNotFound, "The gateway had nothing of this name with a certificate when it was surveyed last.", "GET /api/listeners lists what there is. A new listener appears within the hour.")
	}
	now := s.now()
	if s.surveyed.Look != nil && row.Kind == inventory.KindListener && len(row.Addresses) > 0 {
		if seen := s.surveyed.Look(r.Context(), &row.Row, now); seen.State != inventory.ServedUnknown {
			checked := row.CheckedAt
			row.Served = seen
			row.Judge(now)
			row.CheckedAt = checked
		}
	}
	row.Gateway = cmp.Or(row.Gateway, issuance.DefaultGateway)
	return writeTagged(w, r, http.StatusOK, row.Row)
}

// surveyedRow is what the survey saw last of a thing on a gateway, the default one if gateway
// is ""; nil for nothing.
func (s *server) surveyedRow(ctx context.Context, kind inventory.Kind, gateway, name string) (*inventory.Stored, error) {
	rows, err := s.surveyed.Rows.ListRows(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(row *inventory.Stored) bool {
		return row.Kind == kind && cmp.Or(row.Gateway, issuance.DefaultGateway) == cmp.Or(gateway, issuance.DefaultGateway) && strings.EqualFold(row.Name, name)
	})
	if i < 0 {
		return nil, nil //nolint:nilnil // what is not there is no error here
	}
	return rows[i], nil
}

type listenerFilter struct {
	state  inventory.State
	who    inventory.Who
	search string
	sort   string
	top    int
	csv    bool
}

func listenerFilterOf(r *http.Request) (f listenerFilter, err error) {
	q := r.URL.Query()
	f.sort, f.top = cmp.Or(q.Get("sort"), "state"), 1000
	if !slices.Contains([]string{"state", "expiry", "name"}, f.sort) {
		return f, problem(CodeQueryNotValid, "sort is neither state, expiry nor name.", "Use sort=state, sort=expiry or sort=name.")
	}
	if text := q.Get("top"); text != "" {
		if f.top, err = strconv.Atoi(text); err != nil || f.top < 1 || f.top > 1000 {
			return f, problem(CodeQueryNotValid, "top is not a number from 1 to 1000.", "Use one, such as top=100.")
		}
	}
	if f.search = strings.ToLower(strings.TrimSpace(q.Get("search"))); len(f.search) > 253 {
		return f, problem(CodeQueryNotValid, "search is longer than any hostname.", "Use a part of a hostname or of a listener's name, up to 253 bytes.")
	}
	if f.state, err = oneOf("state", q.Get("state"), inventory.States()); err != nil {
		return f, err
	}
	if f.who, err = oneOf("renewedBy", q.Get("renewedBy"), inventory.Managers()); err != nil {
		return f, err
	}
	switch format := q.Get("format"); format {
	case "", "json":
	case "csv":
		f.csv = true
	default:
		return f, problem(CodeQueryNotValid, "format is "+quoted(format)+".", "Use format=json or format=csv.")
	}
	return f, nil
}

// oneOf finds a published word, in any letter case; "" for none.
func oneOf[T ~string](name, text string, words []T) (found T, err error) {
	if text == "" {
		return found, nil
	}
	var all []string
	for _, word := range words {
		if strings.EqualFold(string(word), text) {
			return word, nil
		}
		all = append(all, string(word))
	}
	return found, problem(CodeQueryNotValid, name+" is unknown.", "Use one of "+strings.Join(all, ", ")+".")
}

func (f listenerFilter) fits(row *inventory.Row) bool {
	if f.state != "" && row.State != f.state || f.who != "" && row.RenewedBy.Who != f.who {
		return false
	}
	return f.search == "" || strings.Contains(strings.ToLower(row.Name), f.search) ||
		slices.ContainsFunc(row.Hostnames, func(h string) bool { return strings.Contains(strings.ToLower(h), f.search) })
}

// order puts what has no date last, and rows that are equal in the order of their keys.
func (f listenerFilter) order(a, b inventory.Row) int {
	byName := cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Key(), b.Key()))
	byExpiry := cmp.Or(endOf(&a).Compare(endOf(&b)), byName)
	switch f.sort {
	case "name":
		return byName
	case "expiry":
		return byExpiry
	}
	states := inventory.States()
	return cmp.Or(slices.Index(states, a.State)-slices.Index(states, b.State), byExpiry)
}

var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// endOf puts what has no date last.
func endOf(row *inventory.Row) time.Time {
	if end := row.Ends(); !end.IsZero() {
		return end
	}
	return never
}

func writeListenersCSV(w http.ResponseWriter, list []inventory.Row, now time.Time) {
	rows := make([][]string, 0, len(list))
	for _, row := range list {
		port, issuer, notAfter := "", "", ""
		if row.Port != 0 {
			port = strconv.Itoa(row.Port)
		}
		if c := row.Certificate; c != nil {
			issuer, notAfter = c.Issuer, instant(c.NotAfter)
		}
		rows = append(rows, []string{string(row.Kind), row.Name, strings.Join(row.Hostnames, " "), port, string(row.State), string(row.RenewedBy.Who), strconv.FormatBool(row.RenewedBy.Sure), row.RenewedBy.Detail,
			issuer, notAfter, string(row.Served.State), instant(row.Served.NotAfter), string(row.Source), row.SecretID, row.Pinned, row.Reason, row.Fix, row.Gateway})
	}
	writeCSV(w, "listeners", now, listenersCSV, rows)
}
