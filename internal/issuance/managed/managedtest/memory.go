package managedtest

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Records implements managed.Records.
type Records struct {
	mu      sync.Mutex
	version int64
	rows    map[string]managed.Record // by lower-case name
}

var _ managed.Records = (*Records)(nil)

// NewRecords makes an empty store of records.
func NewRecords() *Records { return &Records{rows: map[string]managed.Record{}} }

// Record implements managed.Records.
func (s *Records) Record(_ context.Context, name string) (*managed.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rows[strings.ToLower(name)]
	if !ok {
		return nil, fmt.Errorf("read record %s: %w", name, durable.ErrNotFound)
	}
	return cloneRecord(r), nil
}

// SaveRecord implements managed.Records.
func (s *Records) SaveRecord(_ context.Context, r *managed.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[strings.ToLower(r.Name)].ETag != r.ETag {
		return fmt.Errorf("save record %s: %w", r.Name, durable.ErrConflict)
	}
	s.version++
	r.ETag = strconv.FormatInt(s.version, 10)
	s.rows[strings.ToLower(r.Name)] = *cloneRecord(*r)
	return nil
}

// DueRecords implements managed.Records.
func (s *Records) DueRecords(_ context.Context, before time.Time, limit int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []managed.Record
	for _, r := range s.rows {
		if !r.NextCheck.IsZero() && r.NextCheck.Before(before) {
			due = append(due, r)
		}
	}
	slices.SortFunc(due, func(a, b managed.Record) int {
		return cmp.Or(a.NextCheck.Compare(b.NextCheck), byName(&a, &b))
	})
	var names []string
	for _, r := range due[:min(len(due), max(limit, 0))] {
		names = append(names, r.Name)
	}
	return names, nil
}

// ListRecords implements managed.Records. A token is the place of the last
// record of a page.
func (s *Records) ListRecords(_ context.Context, f managed.Filter) ([]*managed.Record, string, error) {
	order, sort := byName, "name"
	if f.Sort == "expiry" {
		order, sort = byExpiry, "expiry"
	}
	after, err := parseRecordToken(f.Token, sort)
	if err != nil {
		return nil, "", fmt.Errorf("list records: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*managed.Record
	for _, r := range s.rows {
		if (after == nil || order(after, &r) < 0) && r.Matches(f.Search) {
			copied := cloneRecord(r)
			if sort == "expiry" {
				copied.ETag = ""
			}
			found = append(found, copied)
		}
	}
	slices.SortFunc(found, order)
	top := min(cmp.Or(max(f.Top, 0), 100), 1000)
	if len(found) <= top {
		return found, "", nil
	}
	last := found[top-1]
	place := fmt.Appendf(nil, "%s|%d|%s", sort, last.NotAfter.UnixNano(), last.Name)
	return found[:top], base64.RawURLEncoding.EncodeToString(place), nil
}

// DeleteRecord implements managed.Records.
func (s *Records) DeleteRecord(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, strings.ToLower(name))
	return nil
}

func byName(a, b *managed.Record) int {
	return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}

func byExpiry(a, b *managed.Record) int {
	return cmp.Or(a.NotAfter.Compare(b.NotAfter), byName(a, b))
}

// parseRecordToken returns nil for no token.
func parseRecordToken(token, sort string) (*managed.Record, error) {
	if token == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	parts := strings.SplitN(string(raw), "|", 3)
	if err != nil || len(parts) != 3 || parts[0] != sort {
		return nil, durable.ErrBadToken
	}
	nanos, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return nil, durable.ErrBadToken
	}
	return &managed.Record{Name: parts[2], NotAfter: time.Unix(0, nanos)}, nil
}

// cloneRecord copies what a row would keep, as a row keeps it.
func cloneRecord(r managed.Record) *managed.Record {
	data, err := json.Marshal(r)
	if err != nil {
		panic("managedtest: a record that cannot be encoded: " + err.Error()) // it has only plain members
	}
	copied := managed.Record{}
	if err := json.Unmarshal(data, &copied); err != nil {
		panic("managedtest: a record that cannot be decoded: " + err.Error())
	}
	copied.ETag = r.ETag
	copied.UTC()
	return &copied
}
