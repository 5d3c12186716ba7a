// Package batch is one request for many hostnames: a parent that starts an instance
// of issuance.AddCertificate for each, waits for them, and says how they ended.
package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Flow is the flow of one request with many hostnames. Published.
const Flow = "AddMultipleCertificatesFunctions"

// MaxHostnames is how many hostnames one request may have. With the longest
// hostnames that there are, each with a failure, the instance still fits in a row
// of the table (1 MiB).
const MaxHostnames = 1000

const (
	// childrenAtOnce bounds the storage requests that one turn has out at a time.
	childrenAtOnce = 16
	// clockSkew is how far the clocks of two machines may differ: the children of
	// one parent can be started by several.
	clockSkew = 5 * time.Minute
)

// Engine starts and stops the children; *durable.Runner does.
type Engine interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
	Terminate(ctx context.Context, id, reason string) error
}

// Instances reads them.
type Instances interface {
	// Load reads an instance. durable.ErrNotFound if there is none.
	Load(ctx context.Context, id string) (*durable.Instance, error)
	// List returns a page of instances, newest first, and the next page's token.
	List(ctx context.Context, f durable.Filter) (page []*durable.Instance, next string, err error)
}

// AddMultiple issues and installs the certificates of many hostnames: one child
// of AddCertificate for each, all at the same time. What installs a certificate for a
// hostname already is joined, and left alone if the parent is terminated.
//
// The engine must know AddCertificate.
func AddMultiple(engine Engine, instances Instances) durable.Definition {
	return parent(Flow, "Add several", childrenWithin, "Certbot function successfully completed.", begin, engine, instances)
}

func parent(name, title string, within time.Duration, finished string, begin func(json.RawMessage) (state, error), engine Engine, instances Instances) durable.Definition {
	return durable.Flow[state]{
		Name:  name,
		Title: title,
		Steps: []durable.Step[state]{
			startChildren(engine),
			awaitChildren(engine, instances, within),
		},
		CleanUp: []durable.Step[state]{
			terminateChildren(engine, instances),
		},
		Begin:         begin,
		Finished:      finished,
		Output:        func(s *state) any { return s.result() },
		PartialOutput: func(s *state) any { return s.result() },
		Forget:        true,
	}.Define()
}

func begin(input json.RawMessage) (state, error) {
	var in issuance.Input
	if err := json.Unmarshal(input, &in); err != nil {
		return state{}, fmt.Errorf("decode input: %w", err)
	}
	if n := len(in.Hostnames); n == 0 || n > MaxHostnames {
		return state{}, fmt.Errorf("want 1 to %d hostnames, got %d", MaxHostnames, n)
	}
	s := state{TakeOver: in.TakeOver, Options: in.Options}
	seen := map[string]bool{}
	for _, h := range in.Hostnames {
		if h.Hostname == "" || seen[h.Hostname] {
			return state{}, errors.New("hostnames must be there and differ")
		}
		seen[h.Hostname] = true
		s.Children = append(s.Children, child{Hostname: h.Hostname, Gateways: in.GatewaysFor(h)})
	}
	return s, nil
}

// Start is the start of a parent. One for the same set of hostnames with the same options is
// joined.
func Start(in issuance.Input) (durable.Start, error) {
	input, err := json.Marshal(in)
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of many hostnames: %w", err)
	}
	return durable.Start{Flow: Flow, Claim: Claim(in), Input: input, Joins: func(active *durable.Instance) bool {
		var other issuance.Input
		return active.Flow == Flow && json.Unmarshal(active.Input, &other) == nil && other.Options == in.Options
	}}, nil
}

// Claim is the claim of a parent: one active instance per set of hostnames and their
// gateways, in whatever order they are named.
func Claim(in issuance.Input) string {
	names := make([]string, 0, len(in.Hostnames))
	for _, h := range in.Hostnames {
		name := h.Hostname
		if gateways := in.GatewaysFor(h); gateways != nil {
			name += " on " + strings.Join(gateways, ", ")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return "hostname-set:" + hex.EncodeToString(sum[:])
}
