// Package gatewaylane is the one writer of an Application Gateway.
//
// A gateway is changed by reading and writing its whole document, and a second
// write cancels the first. So instances never write: they leave a request in the
// lane's mailbox and park. The lane is a durable instance of its own, started by
// the first request and ended when the box is empty:
//
//	ApplyGatewayChangesStep ──write──▶ AwaitGatewayUpdateStep ──box is empty──▶ end
//	        ▲                                  │
//	        └── more mail, superseded, split ──┘
//
// Each round takes all requests that wait, so the requests that arrive during
// one update share the next one. Before it writes, it waits some seconds for those
// that this process knows to be on their way. Answers and the messages that wake
// the parked instances are stored in the same transaction as the lane's own turn.
//
// When the gateway refuses a write, the round is cut in halves until the request
// is found that it cannot take. That one fails, the others are installed.
package gatewaylane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// FlowName is stored in rows; it never changes.
const FlowName = "GatewayLane"

// Starter starts instances; *durable.Runner does.
type Starter interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
}

// Config is what a Lane is made of.
type Config struct {
	Gateway  *appgateway.Client
	Mail     durable.Mailbox
	Starter  Starter
	Settings gatewaydoc.Settings
	// PollInterval is the pause between two looks at an update when ARM names
	// none; 0 means 10 seconds.
	PollInterval time.Duration
}

// Lane implements issuance.Lane.
type Lane struct {
	gateway  *appgateway.Client
	mail     durable.Mailbox
	starter  Starter
	settings gatewaydoc.Settings
	poll     time.Duration
	random   func() float64
	coming   coming
	files    challengePathMemory
}

var (
	_ issuance.Lane      = (*Lane)(nil)
	_ issuance.Pointer   = (*Lane)(nil)
	_ issuance.Listeners = (*Lane)(nil)
)

// New makes a Lane. It does no I/O. Its Definition must be given to the Runner
// that is its Starter.
func New(c Config) *Lane {
	l := &Lane{gateway: c.Gateway, mail: c.Mail, starter: c.Starter, settings: c.Settings, poll: c.PollInterval, random: rand.Float64}
	if l.poll <= 0 {
		l.poll = 10 * time.Second
	}
	return l
}

// Claim is what makes the lane the only one of its gateway.
func (l *Lane) Claim() string { return "gateway:" + strings.ToLower(l.gateway.ID()) }

// Announce says that the turn's instance will ask within moments, so that it and
// those who ask already can share an update.
func (l *Lane) Announce(t durable.Turn) { l.coming.announce(t.Instance, t.Now) }

// Fits tries the listener on a copy of what the gateway has now. What stands fits
// whatever the gateway's state, if its TLS policy takes the kind of key. Others may ask for the same room until it is wanted.
func (l *Lane) Fits(ctx context.Context, listener issuance.Listener) error {
	doc, err := l.gateway.Read(ctx)
	if err != nil {
		return err
	}
	if doc.Has(listener, l.settings) {
		return doc.TakesKey(listener, l.settings)
	}
	if err := doc.Writable(); err != nil {
		return err
	}
	_, err = doc.Want(listener, l.settings)
	return err
}

// Want asks for the listener. The request belongs to the turn, so a repeat of
// the turn finds it, or its answer, in the box; a later turn asks anew.
func (l *Lane) Want(ctx context.Context, t durable.Turn, listener issuance.Listener) (bool, []string, error) {
	a, err := l.ask(ctx, t, request{Listener: listener, Message: t.Current()})
	return a.Done, a.Remarks, err
}

// Retire asks for the removal of what was installed for the named certificate,
// with the rules of Want. A *durable.Failure says what else still uses it or its secret.
func (l *Lane) Retire(ctx context.Context, t durable.Turn, name, secretID string) (bool, error) {
	a, err := l.ask(ctx, t, request{Listener: issuance.Listener{Name: name, SecretID: secretID}, Retire: true, Message: t.Current()})
	return a.Done, err
}

// Point implements issuance.Pointer.
func (l *Lane) Point(ctx context.Context, t durable.Turn, p issuance.Pointing) (bool, error) {
	// No certificate of certgate's has such a name: wishes for one are told apart by it.
	name := "entry " + p.Entry + ": " + strings.Join(p.Listeners, ", ")
	a, err := l.ask(ctx, t, request{Listener: issuance.Listener{Name: name, SecretID: p.SecretID}, Point: &p, Message: t.Current()})
	return a.Done, err
}

// startRaces bounds how often a request meets a lane that ends or starts at this
// very moment.
const startRaces = 5

// ask returns the answer; without one, the step must park.
func (l *Lane) ask(ctx context.Context, t durable.Turn, r request) (answer, error) {
	defer l.coming.arrived(t.Instance)
	item, err := r.item(t)
	if err != nil {
		return answer{}, err
	}
	if t.Granted == item.ID {
		return answer{Done: true}, nil
	}
	if t.Woken { // the answer is there, most likely
		if a, err := l.answerTo(ctx, item.ID); err != nil || a != nil {
			return a.outcome(err)
		}
	}
	for range startRaces {
		err := l.mail.Post(ctx, l.Claim(), item)
		if err == nil && t.Attempt == 0 {
			return answer{}, nil
		}
		exists, alone := errors.Is(err, durable.ErrItemExists), errors.Is(err, durable.ErrNoReader)
		if err != nil && !exists && !alone {
			return answer{}, fmt.Errorf("ask the gateway's lane for %s: %w", r.Listener.Name, err)
		}
		// A repeat of the turn, perhaps after the lane answered and ended. Without a
		// lane and on a first delivery there is no answer worth a read: at worst the
		// new lane finds that nothing is to be done.
		if exists || alone && t.Redelivered {
			if a, err := l.answerTo(ctx, item.ID); err != nil || a != nil {
				return a.outcome(err)
			}
		}
		if exists && !t.Redelivered && t.Attempt == 0 {
			return answer{}, nil
		}
		// A run of this turn may have died, or failed, between the lane's row and its
		// first message: starting it again sends that message.
		_, existing, err := l.starter.Start(ctx, durable.Start{
			Flow: FlowName, Claim: l.Claim(), Input: json.RawMessage(`{}`), RequestedBy: "certgate", Mail: []durable.Item{item},
		})
		ending := errors.As(err, new(*durable.BusyError)) // it reads its mail once more
		if err != nil && !ending {
			return answer{}, fmt.Errorf("start the gateway's lane: %w", err)
		}
		if !alone || !existing && !ending {
			return answer{}, nil
		}
	}
	return answer{}, &durable.Transient{Public: "The queue for changes of the Application Gateway is busy.", Err: errors.New("gateway lane: lost every race to post or start")}
}

// answerTo reads the answer to an item; nil if there is no item or no answer.
func (l *Lane) answerTo(ctx context.Context, id string) (*answer, error) {
	item, err := l.mail.Item(ctx, l.Claim(), id)
	if errors.Is(err, durable.ErrNotFound) || durable.Unreadable(err) { // the lane drops what it cannot read
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the gateway lane's answer %s: %w", id, err)
	}
	if len(item.Answer) == 0 {
		return nil, nil
	}
	var a answer
	if json.Unmarshal(item.Answer, &a) != nil {
		return nil, nil //nolint:nilerr // damaged: when the lane has dropped it, the next look asks again
	}
	return &a, nil
}

// request is the body of an item. It holds no secret: secret ids are names.
type request struct {
	Listener issuance.Listener `json:"listener"`
	Retire   bool              `json:"retire,omitempty"` // Listener has only Name and, since it is asked for, SecretID
	// ChallengePath asks for port 80 in place of a listener; Listener has only the
	// Name gatewaydoc.ChallengePath.
	ChallengePath bool `json:"challengePath,omitempty"`
	// Point asks for less than a listener; Listener has only a name and the secret.
	Point   *issuance.Pointing `json:"point,omitempty"`
	Message durable.Message    `json:"message"` // brings the asking turn back
}

// item is the mail for a request. Its id has the turn and a hash of what is
// asked in it, so an answer to something else is never taken for this one's. The kind of
// the key is not hashed, because it follows from the certificate: what the first release
// asked, a repeat of the turn in this one finds, and the other way round.
func (r request) item(t durable.Turn) (durable.Item, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return durable.Item{}, fmt.Errorf("encode the request for %s: %w", r.Listener.Name, err)
	}
	r.Listener.KeyType = ""
	asked, err := json.Marshal(r)
	if err != nil {
		return durable.Item{}, fmt.Errorf("encode the request for %s: %w", r.Listener.Name, err)
	}
	sum := sha256.Sum256(asked)
	return durable.Item{ID: fmt.Sprintf("%s-%d-%s", t.Instance, t.Seq, hex.EncodeToString(sum[:4])), Body: body, PostedAt: t.Now}, nil
}

// answer is what the lane says to a request: done, or a failure.
type answer struct {
	Done    bool   `json:"done,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Remarks are about a listener that stands, see issuance.Lane.
	Remarks []string `json:"remarks,omitempty"`
}

func (a *answer) outcome(err error) (answer, error) {
	switch {
	case err != nil:
		return answer{}, err
	case a.Done:
		return *a, nil
	}
	return answer{}, &durable.Failure{Code: a.Code, Message: a.Message}
}
