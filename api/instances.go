package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/issuance/batch"
)

// instance is the published status of an instance, as the Durable Functions
// HTTP API shows it.
type instance struct {
	Name            string          `json:"name"`
	InstanceID      string          `json:"instanceId"`
	RuntimeStatus   string          `json:"runtimeStatus"`
	Input           json.RawMessage `json:"input"`
	CustomStatus    any             `json:"customStatus"`
	Output          json.RawMessage `json:"output"`
	CreatedTime     string          `json:"createdTime,omitempty"` // not known of a damaged one
	LastUpdatedTime string          `json:"lastUpdatedTime,omitempty"`
	RequestedBy     string          `json:"requestedBy,omitempty"`
	// ParentID is the instance that started this one.
	ParentID string `json:"parentId,omitempty"`
	// NextTime is when a step that waits is run again, Errors how many errors it has
	// met in a row.
	NextTime string `json:"nextTime,omitempty"`
	// Damaged: its row cannot be read.
	Damaged       bool           `json:"damaged,omitempty"`
	Errors        int            `json:"errors,omitempty"`
	HistoryEvents []historyEvent `json:"historyEvents,omitempty"`
	// Children are the instances of a parent, with showHistory or showOutput.
	Children []batch.ChildStatus `json:"children,omitempty"`
}

type historyEvent struct {
	EventType string  `json:"EventType"`
	Timestamp string  `json:"Timestamp"`
	Name      string  `json:"Name,omitempty"`
	Message   string  `json:"Message,omitempty"`
	Error     string  `json:"Error,omitempty"`
	Attempt   int     `json:"Attempt,omitempty"`
	Seconds   float64 `json:"Seconds"` // since the step was entered
}

const timeFormat = "2006-01-02T15:04:05.000Z"

// getInstance answers the status URI: 202 while it runs, 200 when it has ended.
func (s *server) getInstance(w http.ResponseWriter, r *http.Request) error {
	query, err := flags(r.URL.Query(), "showHistory", "showInput", "returnInternalServerErrorOnFailure", "showHistoryOutput", "showOutput")
	if err != nil {
		return err
	}
	id := chi.URLParam(r, "id")
	inst, err := s.instances.Load(r.Context(), id)
	if durable.Unreadable(err) {
		inst, err = damaged(id), nil
	}
	if err != nil {
		return err
	}
	body := publish(inst, query["showInput"] != "false")
	if query["showHistory"] == "true" {
		events, err := s.instances.History(r.Context(), inst.ID)
		if err != nil {
			return fmt.Errorf("history of instance %s: %w", inst.ID, err)
		}
		body.HistoryEvents = publishHistory(events)
	}
	if query["showHistory"] == "true" || query["showOutput"] == "true" {
		if body.Children, err = batch.ReadChildren(r.Context(), s.instances, inst); err != nil && !durable.Unreadable(err) {
			return fmt.Errorf("children of instance %s: %w", inst.ID, err)
		}
	}
	switch {
	case !inst.Status.Ended():
		w.Header().Set("Location", s.addresses.instance(r, inst.ID))
		w.Header().Set("Retry-After", retryAfter)
		return writeTagged(w, r, http.StatusAccepted, body)
	case inst.Status == durable.Failed && query["returnInternalServerErrorOnFailure"] == "true":
		writeJSON(w, http.StatusInternalServerError, body)
	default:
		return writeTagged(w, r, http.StatusOK, body)
	}
	return nil
}

// listInstances answers a page, newest first; the header
// x-ms-continuation-token leads to the next.
func (s *server) listInstances(w http.ResponseWriter, r *http.Request) error {
	filter, showInput, err := listFilter(r)
	if err != nil {
		return err
	}
	page, next, err := s.instances.List(r.Context(), filter)
	if err != nil {
		return err
	}
	list := make([]instance, 0, len(page))
	for _, inst := range page {
		list = append(list, publish(inst, showInput))
	}
	if next != "" {
		w.Header().Set("x-ms-continuation-token", next)
	}
	if a, ok := s.instances.(activity); ok {
		w.Header().Set("x-certgate-activity", a.Activity())
	}
	return writeTagged(w, r, http.StatusOK, list)
}

// activity is a mark that changes with every instance that this process starts. A
// page that asks seldom sees by it that something has come and gone in between.
type activity interface{ Activity() string }

func publish(inst *durable.Instance, showInput bool) instance {
	if inst.Damaged {
		return publishDamaged(inst)
	}
	body := instance{
		Name: inst.Flow, InstanceID: inst.ID, RuntimeStatus: string(inst.Status),
		Input: json.RawMessage("null"), Output: json.RawMessage("null"),
		CreatedTime: inst.CreatedAt.UTC().Format(timeFormat), LastUpdatedTime: inst.UpdatedAt.UTC().Format(timeFormat),
		RequestedBy: inst.RequestedBy, ParentID: inst.Parent,
	}
	if !inst.Status.Ended() {
		body.Errors = inst.Attempt
		if inst.DueAt.Sub(inst.UpdatedAt) > time.Second { // else it is on its way
			body.NextTime = inst.DueAt.UTC().Format(timeFormat)
		}
	}
	input, custom := publishedInput(inst)
	body.CustomStatus = custom
	if showInput && len(input) > 0 {
		body.Input = input
	}
	if len(inst.Output) > 0 {
		body.Output = inst.Output
	}
	return body
}

func publishHistory(events []durable.Event) []historyEvent {
	list := make([]historyEvent, 0, len(events))
	for _, e := range events {
		h := historyEvent{
			EventType: e.Kind, Timestamp: e.Time.UTC().Format(timeFormat),
			Name: e.Step, Message: e.Message, Error: e.Code, Attempt: e.Attempt,
		}
		if !e.Since.IsZero() {
			h.Seconds = e.Time.Sub(e.Since).Seconds()
		}
		list = append(list, h)
	}
	return list
}

// flags reads true/false query members; anything else is refused.
func flags(query url.Values, names ...string) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range names {
		v := strings.ToLower(query.Get(name))
		if v != "" && v != "true" && v != "false" {
			return nil, problem(CodeQueryNotValid, fmt.Sprintf("%s is %s.", name, quoted(query.Get(name))), "Use true or false.")
		}
		values[name] = v
	}
	return values, nil
}

func listFilter(r *http.Request) (durable.Filter, bool, error) {
	q := r.URL.Query()
	var f durable.Filter
	for _, text := range strings.Split(q.Get("runtimeStatus"), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		i := slices.IndexFunc(durable.RuntimeStatuses(), func(s durable.RuntimeStatus) bool { return strings.EqualFold(string(s), text) })
		if i < 0 {
			return f, false, problem(CodeQueryNotValid, fmt.Sprintf("runtimeStatus %s is unknown.", quoted(text)), "Use Pending, Running, Completed, Failed or Terminated, several with commas.")
		}
		f.Statuses = append(f.Statuses, durable.RuntimeStatuses()[i])
	}
	for name, at := range map[string]*time.Time{"createdTimeFrom": &f.From, "createdTimeTo": &f.To} {
		if text := q.Get(name); text != "" {
			t, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return f, false, problem(CodeQueryNotValid, fmt.Sprintf("%s %s is not a time.", name, quoted(text)), "Use a form such as 2026-01-31T00:00:00Z.")
			}
			*at = t.UTC()
		}
	}
	if text := q.Get("top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return f, false, problem(CodeQueryNotValid, fmt.Sprintf("top is %s.", quoted(text)), "Use a number from 1 to 1000.")
		}
		f.Top = n
	}
	f.Token = r.Header.Get("x-ms-continuation-token")
	show, err := flags(q, "showInput")
	return f, show["showInput"] != "false", err
}
