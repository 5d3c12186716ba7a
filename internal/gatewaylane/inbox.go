package gatewaylane

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

const (
	// maxMail bounds the items that one turn answers and drops: a turn is one
	// transaction of the table service, which takes 100 operations.
	maxMail = 80
	// maxBatch bounds the requests of one write: a gateway has room for 100
	// listeners. More of them than maxMail are answered in several turns.
	maxBatch = 100
	// keepAnswers is how long an answer stays: longer than the rescue timer takes
	// to wake an instance whose message was lost. One that comes later asks
	// again, which costs a round but is right.
	keepAnswers = 20 * time.Minute
)

// post is a request with its item.
type post struct {
	durable.Item
	request
}

// inbox is the lane's mail at one moment.
type inbox struct {
	mark  string
	open  []post // without an answer, oldest first
	stale []string
}

func (l *Lane) inbox(ctx context.Context, t durable.Turn) (inbox, error) {
	items, mark, err := l.mail.Inbox(ctx, t.Claim)
	if err != nil {
		return inbox{}, fmt.Errorf("read the gateway lane's mail: %w", err)
	}
	box := inbox{mark: mark}
	for _, item := range items {
		p := post{Item: item}
		switch {
		case item.Damaged:
			box.stale = append(box.stale, item.ID) // its sender asks again
		case len(item.Answer) > 0:
			if t.Now.Sub(item.AnsweredAt) > keepAnswers {
				box.stale = append(box.stale, item.ID)
			}
		case json.Unmarshal(item.Body, &p.request) != nil || p.Listener.Name == "":
			box.stale = append(box.stale, item.ID) // of no release that this one knows; its sender asks again
		default:
			box.open = append(box.open, p)
		}
	}
	slices.SortStableFunc(box.open, func(a, b post) int {
		return cmp.Or(a.PostedAt.Compare(b.PostedAt), cmp.Compare(a.ID, b.ID))
	})
	return box, nil
}

// pick returns the open posts with these ids.
func (b inbox) pick(ids []string) []post {
	var found []post
	for _, p := range b.open {
		if slices.Contains(ids, p.ID) {
			found = append(found, p)
		}
	}
	return found
}

func ids(posts []post) []string {
	var out []string
	for _, p := range posts {
		out = append(out, p.ID)
	}
	return out
}

// names are the certificates that the posts are about.
func names(posts []post) []string {
	var out []string
	for _, p := range posts {
		out = append(out, p.Listener.Name)
	}
	return out
}

// replies collects the answers of a turn.
type replies struct {
	now   time.Time
	items []durable.Item
	wakes []durable.Message
}

// done answers that the document has what the post asked for.
func (l *Lane) done(r *replies, doc *gatewaydoc.Document, p post) {
	a := answer{Done: true}
	if !p.Retire && !p.ChallengePath && p.Point == nil {
		a.Remarks = doc.Remarks(p.Listener, l.settings)
	}
	r.add(p, a)
}

// fail answers with the code and message of a *durable.Failure, or with the text
// of another error under the code for refusals.
func (r *replies) fail(p post, err error) {
	var failure *durable.Failure
	if errors.As(err, &failure) {
		r.add(p, answer{Code: failure.Code, Message: failure.Message})
		return
	}
	r.add(p, answer{Code: issuance.CodeGatewayRefused, Message: err.Error()})
}

// add answers a post, once. With maxMail answers the turn is full: the post stays
// open, and the next round finds what became of it.
func (r *replies) add(p post, a answer) {
	if r.answered(p) || len(r.items) >= maxMail {
		return
	}
	raw, err := json.Marshal(a)
	if err != nil {
		panic("gatewaylane: encode answer: " + err.Error()) // strings and a bool always encode
	}
	p.Answer, p.AnsweredAt = raw, r.now
	r.items = append(r.items, p.Item)
	wake := p.Message
	wake.Wake = true
	if a.Done && len(a.Remarks) == 0 {
		wake.Granted = p.ID
	}
	r.wakes = append(r.wakes, wake)
}

func (r *replies) answered(p post) bool {
	return slices.ContainsFunc(r.items, func(i durable.Item) bool { return i.ID == p.ID })
}

// open returns the posts that have no answer in this turn.
func (r *replies) open(posts []post) []post {
	return slices.DeleteFunc(slices.Clone(posts), r.answered)
}

// with puts the answers, the wake-ups and as much tidying as fits into an outcome.
func (r *replies) with(o durable.Outcome, stale []string) durable.Outcome {
	room := max(maxMail-len(r.items), 0)
	return o.Answering(r.items...).Sending(r.wakes...).Dropping(stale[:min(room, len(stale))]...)
}
