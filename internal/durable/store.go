package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Store keeps instances. Both implementations pass durabletest.Exercise.
type Store interface {
	// Create stores a new instance, its first history row and the given mail in
	// its inbox, and takes inst.Claim, all or nothing. It sets inst.ETag.
	// A claim that an active instance holds is a *ClaimedError; an id that is
	// stored already, ended or not, is ErrConflict.
	Create(ctx context.Context, inst *Instance, started Event, mail ...Item) error

	// Load reads an instance. ErrNotFound if there is none, *UnreadableError if its
	// row is damaged.
	Load(ctx context.Context, id string) (*Instance, error)

	// Commit replaces the row if inst.ETag is still its version, and stores
	// change with it, all or nothing; it sets the new inst.ETag. An ended
	// instance gives its claim back, unless it was released and another holds it
	// by now. ErrConflict when another writer was faster (or purged it).
	Commit(ctx context.Context, inst *Instance, change Change) error

	// History lists the history rows of an instance, oldest first. In the place of one
	// that cannot be read is an event EventUnreadable.
	History(ctx context.Context, id string) ([]Event, error)

	// Due lists up to limit active instances whose DueMinute is before the given
	// time, oldest first within a partition. Its cost follows the number found,
	// not the number stored.
	Due(ctx context.Context, before time.Time, limit int) ([]string, error)

	// Release gives up an instance whose row cannot be read, by its keys alone: its
	// claim is free, it is due no more, and it counts as one that ended at the given
	// time. The row itself stays, for whoever wants to know. Of one that has ended it
	// frees the claim, should that still name it. ErrNotFound if there is nothing to
	// give up, ErrConflict if the instance is well.
	Release(ctx context.Context, id string, now time.Time) error
}

// DueMinute is the minute's end in which an instance is due: what an index by due
// time goes by. A finer one is of no use, and an index that is must be written with
// every turn of an instance that takes a step each second.
func DueMinute(due time.Time) time.Time {
	due = due.UTC()
	if minute := due.Truncate(time.Minute); !minute.Equal(due) {
		return minute.Add(time.Minute)
	}
	return due
}

// MaxItems is how much mail one Create or Change may carry, answered and dropped
// together: an entity-group transaction of the Table service takes 100 operations,
// and a turn needs some of its own.
const MaxItems = 90

// Change is what is stored together with a row.
type Change struct {
	// Event is the history row of this turn; none if its Kind is empty.
	Event Event
	// Answered replaces mail in the instance's inbox, Dropped (item ids) removes it.
	Answered []Item
	Dropped  []string
	// Mark, if not empty, lets an ending commit succeed only if no mail has
	// arrived since Inbox returned that mark; ErrConflict otherwise.
	Mark string
}

// Item is a piece of mail: a request left for the instance that holds a claim,
// and in time its answer.
type Item struct {
	ID       string          `json:"id"`
	Body     json.RawMessage `json:"body"`
	Answer   json.RawMessage `json:"answer,omitempty"` // empty until the reader answered
	PostedAt time.Time       `json:"postedAt"`
	// AnsweredAt is zero until the reader answered.
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
	// Damaged: it cannot be read, and has no more than an ID. Its reader drops it.
	Damaged bool `json:"-"`
}

// Mailbox lets many instances hand work to the one that holds a claim. An item
// lives beside its reader's row, so that "no mail is left" and "the reader ends"
// are one transaction.
type Mailbox interface {
	// Post leaves an item for the active holder of claim. ErrNoReader if there is
	// none (then Create one, with the item), ErrItemExists if an item with this
	// id is there already, answered or not, damaged or not.
	Post(ctx context.Context, claim string, item Item) error

	// Item reads one item. ErrNotFound if there is none, *UnreadableError if it is
	// damaged.
	Item(ctx context.Context, claim, id string) (Item, error)

	// Inbox lists the items of a claim, by id, and the mark for Change.Mark.
	Inbox(ctx context.Context, claim string) (items []Item, mark string, err error)
}

// Archive is the view of people on instances.
type Archive interface {
	// List returns instances, newest first, at most filter.Top of them, and the
	// token for the next page ("" at the end). The instances carry no State.
	List(ctx context.Context, filter Filter) (page []*Instance, next string, err error)

	// Purge removes an ended instance with its history; one whose row cannot be read,
	// or is gone, with all that is left of it, its claim included. ErrNotFound if
	// there is none, ErrActive if it has not ended.
	Purge(ctx context.Context, id string) error

	// EndedBefore lists the ids of up to limit instances, hidden ones included,
	// that ended before the given time, in no order. Its cost follows the number
	// found.
	EndedBefore(ctx context.Context, before time.Time, limit int) ([]string, error)
}

// Filter selects instances. Zero members do not restrict.
type Filter struct {
	Statuses []RuntimeStatus
	Claim    string    // those that had or have this claim
	From, To time.Time // CreatedAt, From inclusive, To exclusive
	Top      int       // 1..1000; 0 means 100
	Token    string    // from the previous page
}

// Queue sends messages. Delay is how long a message stays invisible; a queue
// may cap it, the engine sends the rest again when it arrives early.
type Queue interface {
	Send(ctx context.Context, m Message, delay time.Duration) error
}

var (
	ErrNotFound   = errors.New("not found")
	ErrConflict   = errors.New("changed by somebody else")
	ErrNoReader   = errors.New("no active instance holds the claim")
	ErrItemExists = errors.New("an item with this id exists")
	ErrActive     = errors.New("instance has not ended")
	ErrEnded      = errors.New("instance has ended")
	// ErrUnstorable says that something will never fit into the store, however
	// often it is tried.
	ErrUnstorable = errors.New("does not fit into the store")
	ErrBadToken   = errors.New("continuation token is not one of ours")
)

// ClaimedError says which active instance holds the wanted claim.
type ClaimedError struct{ Instance string }

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("claimed by instance %s", e.Instance)
}
