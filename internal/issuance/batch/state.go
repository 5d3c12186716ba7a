package batch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// state is what a parent remembers of its children. Member names are short
// because a thousand children share one row.
type state struct {
	Children []child `json:"c"`
	// TakeOver takes listeners whose certificate another manager renews.
	TakeOver bool            `json:"t,omitempty"`
	Options  managed.Options `json:"o,omitzero"`
	// From and Started say when the children were created: one list of that time
	// has them all, however many there are.
	From    time.Time `json:"f,omitzero"`
	Started time.Time `json:"l,omitzero"` // the last turn that started some
	// LastEnd is the latest end of a child that has been seen.
	LastEnd time.Time `json:"d,omitzero"`
}

// child is one hostname of a batch.
type child struct {
	Hostname string `json:"h"`
	Instance string `json:"i,omitempty"` // "" until it is started
	// Waits says that other work on the hostname keeps it from being started.
	Waits bool `json:"w,omitempty"`
	// Ended is how it ended; "" as long as that has not been seen.
	Ended durable.RuntimeStatus `json:"s,omitempty"`
	Error string                `json:"e,omitempty"` // the code of a failure
	// Gateways are those that are to serve it, as in issuance.AddInput.
	Gateways []string `json:"g,omitempty"`
	// Listener is what is to be taken over, in a take-over of many.
	Listener *issuance.TakeOverInput `json:"n,omitempty"`
}

// key tells children of one parent apart.
func (c *child) key() string {
	if c.Listener != nil {
		return c.Hostname + " " + c.Listener.Listener
	}
	return c.Hostname
}

// planned is when it may be started; zero for at once.
func (c *child) planned() time.Time {
	if c.Listener == nil {
		return time.Time{}
	}
	return c.Listener.At
}

// unstarted returns up to limit children that have not been tried to be started.
func (s *state) unstarted(limit int) []*child {
	var found []*child
	for i := range s.Children {
		if c := &s.Children[i]; c.Instance == "" && c.Ended == "" && !c.Waits && len(found) < limit {
			found = append(found, c)
		}
	}
	return found
}

// waiting returns the children that wait for other work on their hostname.
func (s *state) waiting() []*child {
	var found []*child
	for i := range s.Children {
		if c := &s.Children[i]; c.Waits {
			found = append(found, c)
		}
	}
	return found
}

// startable are those that wait and are not planned for later.
func (s *state) startable(now time.Time) []*child {
	return slices.DeleteFunc(s.waiting(), func(c *child) bool { return c.planned().After(now) })
}

// nextPlanned is the time until the next child is to be started; 0 if none is planned.
func (s *state) nextPlanned(now time.Time) (pause time.Duration) {
	for _, c := range s.waiting() {
		if left := c.planned().Sub(now); left > 0 && (pause == 0 || left < pause) {
			pause = left
		}
	}
	return pause
}

// running returns the children that are started and have not been seen to end.
func (s *state) running() []*child {
	var found []*child
	for i := range s.Children {
		if c := &s.Children[i]; c.Instance != "" && c.Ended == "" {
			found = append(found, c)
		}
	}
	return found
}

// byClaim finds children by the claim of their instances.
func (s *state) byClaim() map[string]*child {
	found := make(map[string]*child, len(s.Children))
	for i := range s.Children {
		found[issuance.Claim(s.Children[i].Hostname)] = &s.Children[i]
	}
	return found
}

// saw takes over what the row of a child says. One of another flow, which an earlier
// release could join, is other work on the hostname.
func (s *state) saw(c *child, inst *durable.Instance) {
	if !inst.Damaged && !issuance.Installs(inst) {
		c.Instance, c.Waits = "", true
		return
	}
	c.Instance, c.Waits = inst.ID, false
	if inst.Damaged { // nothing will come of it
		c.Ended, c.Error = durable.Failed, durable.CodeInstanceDamaged
	}
	if inst.Status.Ended() {
		c.Ended, c.Error = inst.Status, inst.Custom.Error
		s.LastEnd = later(s.LastEnd, inst.UpdatedAt)
	}
}

// status is the published status of a child, as last seen.
func (c *child) status() durable.RuntimeStatus {
	switch {
	case c.Ended != "":
		return c.Ended
	case c.Instance == "":
		return durable.Pending
	}
	return durable.Running
}

// Result is the published output of a parent, also of one that failed or
// was terminated.
type Result struct {
	Total      int           `json:"total"`
	Completed  int           `json:"completed"`
	Failed     int           `json:"failed"`
	Terminated int           `json:"terminated"`
	Children   []ChildResult `json:"children"`
}

// ChildResult is one hostname in it. InstanceID is empty if its instance was
// never started.
type ChildResult struct {
	Hostname      string `json:"hostname"`
	InstanceID    string `json:"instanceId"`
	RuntimeStatus string `json:"runtimeStatus"`
	Error         string `json:"error,omitempty"`
	// Listener is what was to be taken over, in a take-over of many.
	Listener string `json:"listener,omitempty"`
}

func (s *state) result() Result {
	r := Result{Total: len(s.Children), Children: make([]ChildResult, 0, len(s.Children))}
	for i := range s.Children {
		c := &s.Children[i]
		switch c.Ended {
		case durable.Completed:
			r.Completed++
		case durable.Failed:
			r.Failed++
		case durable.Terminated:
			r.Terminated++
		}
		one := ChildResult{Hostname: c.Hostname, InstanceID: c.Instance, RuntimeStatus: string(c.status()), Error: c.Error}
		if c.Listener != nil {
			one.Listener = c.Listener.Listener
		}
		r.Children = append(r.Children, one)
	}
	return r
}

// progress is the message of a parent that waits.
func (s *state) progress(now time.Time) string {
	r := s.result()
	text := fmt.Sprintf("%d of %d completed, %d failed, ", r.Completed, r.Total, r.Failed)
	if r.Terminated > 0 {
		text += fmt.Sprintf("%d terminated, ", r.Terminated)
	}
	waiting, planned := len(s.waiting()), 0
	for _, c := range s.waiting() {
		if c.planned().After(now) {
			waiting, planned = waiting-1, planned+1
		}
	}
	text += fmt.Sprintf("%d running", r.Total-r.Completed-r.Failed-r.Terminated-waiting-planned)
	if planned > 0 {
		text += fmt.Sprintf(", %d planned for later", planned)
	}
	if waiting > 0 {
		text += fmt.Sprintf(", %d waiting for other work on the hostname to end", waiting)
	}
	return text + "."
}

// undone says what was not done with the children that failed.
func (s *state) undone() string {
	if len(s.Children) > 0 && s.Children[0].Listener != nil {
		return "listeners were not taken over"
	}
	return "certificates were not issued"
}

// namedInMessage is how many hostnames the message of a failure names; the
// output has all of them.
const namedInMessage = 5

// shortfall is the message of a parent whose children did not all complete.
func (s *state) shortfall() string {
	var names []string
	failed := 0
	for _, c := range s.Children {
		if c.Ended == durable.Completed {
			continue
		}
		if failed++; failed > namedInMessage {
			continue
		}
		why := c.Error
		if why == "" {
			why = strings.ToLower(string(c.Ended))
		}
		names = append(names, fmt.Sprintf("%s (%s)", c.Hostname, why))
	}
	list := strings.Join(names, ", ")
	if more := failed - len(names); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%d of %d %s: %s. The output lists every hostname with its instance and error; the status of that instance says what to do. Ask again for those hostnames when it is done.", failed, len(s.Children), s.undone(), list)
}
