package durable

import (
	"errors"
	"fmt"
)

// The kinds of rows that can be unreadable.
const (
	RowInstance = "instance"
	RowHistory  = "history"
	RowMail     = "mail"
	RowClaim    = "claim"
	RowIndex    = "index" // a key by which an instance or a record is found
	RowRecord   = "record"
	RowDocument = "document"
	RowLock     = "lock"
	RowListener = "listener"
)

// UnreadableError says that a stored row cannot be read: somebody's script or half a
// restore has damaged it, or a newer release has written it. It says nothing about
// the store, and no retry mends it. Whoever reads many rows leaves this one out.
type UnreadableError struct {
	Kind string // one of the Row… constants
	// ID is what people know the row by: the id of an instance, the name of a
	// certificate; else the row's key.
	ID  string
	Row string // its key in the store
	// Flow is that of an instance, if so much can be read.
	Flow string
	Err  error // for the log only
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the stored %s %s cannot be read (row %s): %v", e.Kind, e.ID, e.Row, e.Err)
}

func (e *UnreadableError) Unwrap() error { return e.Err }

// replaceable tells an instance whose row cannot be read and that nobody waits for by
// its id: the next one of its flow does the same work.
func (r *Runner) replaceable(err error) bool {
	var row *UnreadableError
	return errors.As(err, &row) && row.Kind == RowInstance && r.flows[row.Flow].hidden
}

// Unreadable reports whether err is about a row that cannot be read.
func Unreadable(err error) bool { return errors.As(err, new(*UnreadableError)) }
