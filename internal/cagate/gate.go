package cagate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"certgate/internal/durable"
)

// Documents keeps small documents that all machines share. Both implementations
// pass gatetest.Exercise.
type Documents interface {
	// Document reads a document; version "" if there is none.
	Document(ctx context.Context, name string) (body []byte, version string, err error)
	// PutDocument stores a document whose version is still the given one ("":
	// there is none) and returns its new version; durable.ErrConflict otherwise.
	PutDocument(ctx context.Context, name string, body []byte, version string) (newVersion string, err error)
}

// Config is what a Gate is made of. Clock, Random and Log may be left out.
type Config struct {
	Documents Documents
	// Authority tells one authority's limits from another's: its directory URL.
	Authority string
	Clock     func() time.Time
	// Random returns numbers in [0,1), to spread those that wait.
	Random func() float64
	Log    *slog.Logger
}

const (
	// freshFor is how long what was read is believed.
	freshFor = 30 * time.Second
	// worthStoring: a shorter limit is over before other machines would read of it.
	worthStoring = time.Minute
	// putTries bounds how often a change meets somebody else's.
	putTries = 8
)

// Gate is what is known of the limits of one authority. It is safe for
// concurrent use.
type Gate struct {
	documents Documents
	name      string
	now       func() time.Time
	random    func() float64
	log       *slog.Logger

	storage chan struct{} // holds one while somebody reads or writes the document

	mu      sync.Mutex
	here    ledger // limits that this process met: they hold whatever storage does
	shared  ledger // the document as it was read or written last
	version string
	readAt  time.Time
}

// New makes a Gate. It does no I/O.
func New(c Config) *Gate {
	sum := sha256.Sum256([]byte(strings.TrimRight(strings.ToLower(c.Authority), "/")))
	g := &Gate{documents: c.Documents, name: "ca-limits-" + hex.EncodeToString(sum[:4]), now: c.Clock, random: c.Random, log: c.Log, storage: make(chan struct{}, 1)}
	if g.now == nil {
		g.now = time.Now
	}
	if g.random == nil {
		g.random = rand.Float64
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	return g
}

// known is what this process and the document know. A document that cannot be
// read is an error, not an open gate: a step that cannot store its order must
// not place one.
func (g *Gate) known(ctx context.Context) (here, shared ledger, err error) {
	if here, shared, ok := g.fresh(); ok {
		return here, shared, nil
	}
	if err := g.takeStorage(ctx); err != nil {
		return ledger{}, ledger{}, err
	}
	defer g.giveStorageBack()
	if here, shared, ok := g.fresh(); ok { // somebody read it while we waited
		return here, shared, nil
	}
	if err := g.read(ctx); err != nil {
		return ledger{}, ledger{}, err
	}
	here, shared, _ = g.fresh()
	return here, shared, nil
}

func (g *Gate) fresh() (here, shared ledger, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.here, g.shared, !g.readAt.IsZero() && g.now().Sub(g.readAt) < freshFor
}

func (g *Gate) takeStorage(ctx context.Context) error {
	select {
	case g.storage <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for what is known of the certificate authority's limits: %w", context.Cause(ctx))
	}
}

func (g *Gate) giveStorageBack() { <-g.storage }

// read reads the document. Only the holder of storage may.
func (g *Gate) read(ctx context.Context) error {
	body, version, err := g.documents.Document(ctx, g.name)
	if err != nil {
		return fmt.Errorf("read what is known of the certificate authority's limits: %w", err)
	}
	var shared ledger
	if len(body) > 0 {
		if err := json.Unmarshal(body, &shared); err != nil {
			// Nobody else would mend it, and certificates must go on.
			g.log.ErrorContext(ctx, "what is stored of the certificate authority's limits cannot be read; starting afresh", "document", g.name, "error", err)
			shared = ledger{}
		}
	}
	g.remember(shared, version)
	return nil
}

func (g *Gate) remember(shared ledger, version string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shared, g.version, g.readAt = shared, version, g.now()
}

// change stores a change of the document. edit works on a copy; it says whether
// there is anything to store, and runs again if somebody else was faster.
func (g *Gate) change(ctx context.Context, edit func(l *ledger) bool) error {
	if err := g.takeStorage(ctx); err != nil {
		return err
	}
	defer g.giveStorageBack()
	for try := range putTries {
		if _, _, ok := g.fresh(); !ok || try > 0 {
			if err := g.read(ctx); err != nil {
				return err
			}
		}
		g.mu.Lock()
		edited, version := g.shared.clone(), g.version
		g.mu.Unlock()
		if !edit(&edited) {
			return nil
		}
		edited.prune(g.now())
		body, err := json.Marshal(edited)
		if err != nil {
			return fmt.Errorf("encode what is known of the certificate authority's limits: %w", err)
		}
		version, err = g.documents.PutDocument(ctx, g.name, body, version)
		if errors.Is(err, durable.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store what is known of the certificate authority's limits: %w", err)
		}
		g.remember(edited, version)
		return nil
	}
	return fmt.Errorf("store what is known of the certificate authority's limits: %w", durable.ErrConflict)
}
