package memstore

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"certgate/internal/durable"
)

// document is a stored document with its version.
type document struct {
	body    []byte
	version string
}

// Document reads a document; version "" if there is none.
func (s *Store) Document(_ context.Context, name string) (body []byte, version string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.documents[name]
	return bytes.Clone(d.body), d.version, nil
}

// PutDocument stores a document whose version is still the given one ("": there
// is none) and returns its new version; durable.ErrConflict otherwise.
func (s *Store) PutDocument(_ context.Context, name string, body []byte, version string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.documents[name].version != version {
		return "", fmt.Errorf("put document %s: %w", name, durable.ErrConflict)
	}
	if s.documents == nil {
		s.documents = map[string]document{}
	}
	s.version++
	d := document{body: bytes.Clone(body), version: strconv.FormatInt(s.version, 10)}
	s.documents[name] = d
	return d.version, nil
}
