package armsim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

const (
	inProgress = "InProgress"
	succeeded  = "Succeeded"
	failed     = "Failed"
	canceled   = "Canceled"
)

// operation is a PUT that runs or has run.
type operation struct {
	ID     string     `json:"id"`
	Status string     `json:"status"`
	Error  *errorBody `json:"error,omitempty"`
	Query  string     `json:"query"` // of its link
	polls  int        // so far
	cancel context.CancelFunc
}

// start begins an operation for the gateway's goal and cancels the one before.
func (s *Server) start(g *gateway, query string) *operation {
	op := &operation{ID: newGUID(), Status: inProgress, Query: query}
	if old := g.current; old != nil {
		old.Status = canceled
		old.Error = &errorBody{Code: "Canceled", Message: "Operation was canceled.", Details: []Detail{{
			"CanceledAndSupersededDueToAnotherOperation",
			"Operation PutApplicationGatewayOperation (" + old.ID + ") was canceled and superseded by operation PutApplicationGatewayOperation (" + op.ID + ")."}}}
		old.cancel()
	}
	s.resume(g, op)
	return op
}

// resume lets the operation run for its full time.
func (s *Server) resume(g *gateway, op *operation) {
	var ctx context.Context
	ctx, op.cancel = context.WithCancel(s.ctx)
	g.current, s.operations[op.ID] = op, op
	takes := s.options.UpdateTakes
	s.running.Go(func() {
		defer op.cancel()
		timer := time.NewTimer(takes)
		defer timer.Stop()
		select {
		case <-timer.C:
			s.finish(ctx, g, op)
		case <-ctx.Done(): // superseded or closed
		}
	})
}

// finish brings the operation to its end. Subscribers have the new document
// before a client can read "Succeeded".
func (s *Server) finish(ctx context.Context, g *gateway, op *operation) {
	s.mu.Lock()
	goal := goal{doc: clone(g.Document), uploads: g.Uploads}
	s.mu.Unlock()
	failure := s.checkSecrets(ctx, goal.doc)
	if ctx.Err() != nil {
		return
	}
	err := s.publish(func() (*gateway, error) { return g, s.apply(g, op, goal, failure) })
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if op.Status != inProgress {
		return // superseded meanwhile: the next operation publishes its own
	}
	op.Status, g.current = succeeded, nil
	if tags, ok := g.Document["tags"]; ok {
		goal.doc["tags"] = tags // a PATCH may have come in between
	}
	g.Document = goal.doc
}

// errNotApplied says that an operation ends without effect on the gateway.
var errNotApplied = errors.New("operation has no effect")

// apply makes the goal what the gateway serves, or the operation failed. mu is held.
func (s *Server) apply(g *gateway, op *operation, goal goal, failure *errorBody) error {
	if op.Status != inProgress {
		return errNotApplied
	}
	if failure == nil {
		properties(goal.doc)["operationalState"] = "Running"
		showUploads(goal.doc, goal.uploads)
		stamp(goal.doc, g.ID, newETag(), stateSucceeded)
		done, err := applied(goal.doc, goal.uploads)
		if err == nil {
			g.Applied, g.Stopped = done, false
			return nil
		}
		failure = &errorBody{Code: "InternalServerError", Message: err.Error(), Details: []Detail{}}
	}
	op.Status, op.Error, g.current = failed, failure, nil
	if g.Stopped {
		g.setOperational("Stopped")
	}
	g.restamp(stateFailed)
	return nil // the gateway goes on with what it had, and has looked into the vault
}

// operationStatus answers a poll: 200 even for a failure, whose error is in
// the body.
func (s *Server) operationStatus(id string, asked url.Values) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.operations[id]
	if op == nil {
		return reply{}, Refusal{Status: http.StatusNotFound, Code: "NotFound", Message: "Operation " + id + " was not found."}
	}
	if !op.signs(asked) {
		return reply{}, Refusal{Status: http.StatusForbidden, Code: "AuthorizationFailed", Message: "The link of operation " + id + " has lost parameters of its signature."}
	}
	header := http.Header{}
	body := object{"status": op.Status}
	if op.Status == inProgress {
		op.polls++
		s.options.RetryAfter.ask(header, op.polls)
	}
	if op.Error != nil {
		body["error"] = op.Error
	}
	return reply{status: http.StatusOK, header: header, body: body}, nil
}
