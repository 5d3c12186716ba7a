// Package acmecatest is what tests give an acmeca.CA to keep its account in.
package acmecatest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/issuance"
)

var (
	_ acmeca.AccountStore = (*Secret)(nil)
	_ acmeca.Locker       = (*Locks)(nil)
)

// ErrDown is why a save fails that was told to.
var ErrDown = errors.New("vault is down")

// Secret is an account secret in memory, as all machines see it. The zero value
// is empty.
type Secret struct {
	// FailSave is the number of the save that fails, from 1 on; 0 for none.
	FailSave int

	mu      sync.Mutex
	content []byte
	saves   int
}

// Load implements acmeca.AccountStore.
func (s *Secret) Load(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.content == nil {
		return nil, fmt.Errorf("secret: %w", issuance.ErrGone)
	}
	return s.content, nil
}

// Save implements acmeca.AccountStore.
func (s *Secret) Save(_ context.Context, account []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saves++; s.saves == s.FailSave {
		return ErrDown
	}
	s.content = account
	return nil
}

// Put is what somebody else wrote; it does not count as a save.
func (s *Secret) Put(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content = []byte(text)
}

// Forget empties the secret, as a machine that found it empty has seen it.
func (s *Secret) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content = nil
}

// Text is what is stored, "" for nothing.
func (s *Secret) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.content)
}

// Saves is how often somebody saved.
func (s *Secret) Saves() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saves
}

// Locks are leases in memory; they do not expire. The zero value has none taken.
type Locks struct{ held sync.Map }

// Acquire implements acmeca.Locker.
func (l *Locks) Acquire(_ context.Context, name string, _ time.Duration) (bool, func(context.Context) error, error) {
	if _, taken := l.held.LoadOrStore(name, true); taken {
		return false, nil, nil
	}
	return true, func(context.Context) error { l.held.Delete(name); return nil }, nil
}
