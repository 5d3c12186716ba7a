package armsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/natefinch/atomic"
)

// snapshot is what outlives a restart.
type snapshot struct {
	Gateways   map[string]*gateway   `json:"gateways"`
	Addresses  map[string]object     `json:"addresses"`
	Operations map[string]*operation `json:"operations"`
	Running    map[string]string     `json:"running"` // gateway -> operation in progress
}

// Save writes everything, uploaded keys included, to a file that only its
// owner can read. The file is replaced in one step.
func (s *Server) Save(path string) error {
	s.mu.Lock()
	out := snapshot{Gateways: s.gateways, Addresses: s.addresses, Operations: s.operations, Running: map[string]string{}}
	for key, g := range s.gateways {
		if g.current != nil {
			out.Running[key] = g.current.ID
		}
	}
	data, err := json.MarshalIndent(out, "", " ")
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("save gateways: %w", err)
	}
	if err := atomic.WriteFile(path, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("save gateways: %w", err)
	}
	return nil
}

// Load replaces everything by what Save wrote; an operation that was running
// runs again for its full time. A file that is not there is a first start and
// no error. Call it before the first request and before Subscribe.
func (s *Server) Load(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load gateways: %w", err)
	}
	in := snapshot{Gateways: map[string]*gateway{}, Addresses: map[string]object{}, Operations: map[string]*operation{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // numbers come back as they were written
	if err := d.Decode(&in); err != nil {
		return fmt.Errorf("load gateways from %s: %w", path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateways, s.addresses, s.operations = in.Gateways, in.Addresses, in.Operations
	for key, id := range in.Running {
		if g, op := s.gateways[key], s.operations[id]; g != nil && op != nil {
			s.resume(g, op)
		}
	}
	return nil
}
