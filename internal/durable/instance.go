package durable

import (
	"encoding/json"
	"time"
)

// RuntimeStatus is the life-cycle state of an instance. The strings are
// published: clients of the status URI parse them.
type RuntimeStatus string

const (
	Pending    RuntimeStatus = "Pending"    // stored, no step has finished yet
	Running    RuntimeStatus = "Running"    // at least one step has been taken
	Completed  RuntimeStatus = "Completed"  // every step is done
	Failed     RuntimeStatus = "Failed"     // a step failed; clean-up is over
	Terminated RuntimeStatus = "Terminated" // a person stopped it; clean-up is over
)

// RuntimeStatuses lists every status, in the order of an instance's life.
func RuntimeStatuses() []RuntimeStatus {
	return []RuntimeStatus{Pending, Running, Completed, Failed, Terminated}
}

// Ended reports whether no step will run any more.
func (s RuntimeStatus) Ended() bool {
	return s == Completed || s == Failed || s == Terminated
}

// CustomStatus is what a person reads while an instance runs. Status is the
// name of the current step, Message its sentence, Error the code of a failure.
type CustomStatus struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	Error   string `json:"error,omitempty"`
}

// Ending says that an instance is on its way out other than by finishing, and
// with which result it ends once its clean-up steps are over.
type Ending struct {
	Status  RuntimeStatus `json:"status"` // Failed or Terminated
	Code    string        `json:"code,omitempty"`
	Message string        `json:"message"`
	Step    string        `json:"step"` // the step it was in
}

// Instance is one run of a flow: one row in the store.
type Instance struct {
	ID          string          `json:"id"`
	Flow        string          `json:"flow"`
	Claim       string          `json:"claim"` // unique among active instances
	Status      RuntimeStatus   `json:"status"`
	Step        string          `json:"step,omitempty"` // the step to run next; empty when ended
	Seq         int64           `json:"seq"`            // +1 with every stored turn; a message names the one it is for
	Attempt     int             `json:"attempt"`        // unexpected errors of this step in a row
	Custom      CustomStatus    `json:"custom"`
	Input       json.RawMessage `json:"input,omitempty"`
	State       json.RawMessage `json:"state,omitempty"`
	Output      json.RawMessage `json:"output,omitempty"`
	RequestedBy string          `json:"requestedBy,omitempty"`
	Parent      string          `json:"parent,omitempty"` // the instance whose step started this one
	Hidden      bool            `json:"hidden,omitempty"` // never in people's lists: List leaves it out
	CreatedAt   time.Time       `json:"createdAt"`
	UpdatedAt   time.Time       `json:"updatedAt"`
	StepSince   time.Time       `json:"stepSince"`            // when the current step was entered; its deadline counts from here
	DueAt       time.Time       `json:"dueAt"`                // when the current message becomes visible
	LeaseUntil  time.Time       `json:"leaseUntil,omitzero"`  // an exclusive step is running until then
	LeaseBy     LeaseHolder     `json:"leaseBy,omitzero"`     // who runs it
	WaitingFor  string          `json:"waitingFor,omitempty"` // the last reason to wait
	Ending      *Ending         `json:"ending,omitempty"`
	Outbox      []Message       `json:"outbox,omitempty"` // messages to others that go with the last stored turn

	// ETag is the version that was read or written last; the store sets it.
	ETag string `json:"-"`
	// Damaged: the row cannot be read. Lists show it, with its ID and CreatedAt and no
	// more; Load gives an *UnreadableError.
	Damaged bool `json:"-"`
}

// Message points at a turn of an instance. It is all that a queue ever holds.
type Message struct {
	Instance string `json:"instance"`
	Step     string `json:"step"`
	Seq      int64  `json:"seq"`
	// Wake says that something the step may be waiting for has happened: the
	// step runs now, whatever its due time.
	Wake bool `json:"wake,omitempty"`
	// Granted is the id of an item whose answer is yes, so that the step that waits
	// for it need not read it.
	Granted string `json:"granted,omitempty"`
	// Resent says that this takes the place of a message whose runs could not reach
	// the store, so that an earlier one may have stored its turn.
	Resent bool `json:"again,omitempty"`
}

// Current is the message that moves the instance on.
func (i *Instance) Current() Message {
	return Message{Instance: i.ID, Step: i.Step, Seq: i.Seq}
}

// Event is one history row: what a stored turn did. Kind is one of the Event…
// constants.
type Event struct {
	Seq     int64     `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	Step    string    `json:"step,omitempty"`
	Message string    `json:"message,omitempty"`
	Code    string    `json:"code,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	// Since is when the step was entered, so that Time-Since is how long it took.
	Since time.Time `json:"since,omitzero"`
}

// The kinds of history rows.
const (
	EventStarted    = "Started"
	EventStepDone   = "StepCompleted"
	EventWaiting    = "Waiting"
	EventRetrying   = "Retrying"
	EventFailed     = "Failed"
	EventTerminated = "Terminated"
	EventRaised     = "EventRaised"
	EventRescued    = "Rescued"
	EventCompleted  = "Completed"
	EventUnreadable = "Unreadable" // stands for a row of the history that cannot be read
)
