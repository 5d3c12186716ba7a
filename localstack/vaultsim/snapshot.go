package vaultsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/natefinch/atomic"
)

// Save writes everything, private keys included, to a file that only its owner
// can read. The file is replaced in one step: a crash leaves the old one.
func (s *Server) Save(path string) error {
	data, err := s.encode()
	if err != nil {
		return fmt.Errorf("save vaults: %w", err)
	}
	if err := atomic.WriteFile(path, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("save vaults: %w", err)
	}
	return nil
}

func (s *Server) encode() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]json.RawMessage{}
	for host, v := range s.vaults {
		v.mu.Lock()
		data, err := json.Marshal(v)
		v.mu.Unlock()
		if err != nil {
			return nil, err
		}
		out[host] = data
	}
	return json.MarshalIndent(out, "", " ")
}

// Load replaces everything by what Save wrote. A file that is not there is a
// first start and no error. Call it before the first request.
func (s *Server) Load(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load vaults: %w", err)
	}
	var saved map[string]json.RawMessage
	if err := json.Unmarshal(data, &saved); err != nil {
		return fmt.Errorf("load vaults from %s: %w", path, err)
	}
	vaults := map[string]*vault{}
	for host, raw := range saved {
		v := newVault()
		if err := json.Unmarshal(raw, v); err != nil {
			return fmt.Errorf("load vault %s: %w", host, err)
		}
		v.complete()
		vaults[host] = v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vaults = vaults
	return nil
}

// complete adds what files had not before names were there from their first
// operation on.
func (v *vault) complete() {
	for _, c := range v.Certificates {
		if c.current() == nil && c.Empty == nil {
			c.Empty = emptyVersion(attributesInput{}, nil, 12, c.PolicyCreated)
		}
		c.lifecycle.complete()
	}
	for _, x := range v.Secrets {
		x.lifecycle.complete()
	}
	for _, x := range v.Keys {
		x.lifecycle.complete()
	}
}

func (l *lifecycle) complete() {
	if l.Change == deletion && l.Purges.IsZero() {
		l.Purges = l.Deleted.Add(defaultRetention)
	}
}
