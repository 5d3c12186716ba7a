package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

const (
	scanPage  = 500 // records to a request while looking for a state
	scanPages = 4   // in one call; a token leads on
)

// pageOf reads a page of records. A state follows from the time of day and so is
// in no index: records are read until enough fit, up to a bound, and the token
// then remembers the place inside the store's page.
func (s *server) pageOf(ctx context.Context, f managed.Filter, standing managed.Standing, now time.Time) ([]*managed.Record, string, error) {
	if standing == "" {
		return s.certificates.Records.ListRecords(ctx, f)
	}
	at, err := parseScan(f.Token)
	if err != nil {
		return nil, "", err
	}
	var found []*managed.Record
	for range scanPages {
		page, next, err := s.certificates.Records.ListRecords(ctx, managed.Filter{Search: f.Search, Sort: f.Sort, Top: scanPage, Token: at.Token})
		if err != nil {
			return nil, "", err
		}
		for _, r := range page {
			if !at.before(r, f.Sort) {
				continue
			}
			at.Name, at.NotAfter = r.Name, r.NotAfter
			if is, _ := managed.StandingOf(r, now); is != standing {
				continue
			}
			if found = append(found, r); len(found) == f.Top {
				return found, at.String(), nil
			}
		}
		if next == "" {
			return found, "", nil
		}
		at.Token = next
	}
	return found, at.String(), nil
}

// scan is a place in a scan: the store's page, and the last record that was
// looked at, which need not exist any more.
type scan struct {
	Token    string    `json:"t,omitempty"`
	Name     string    `json:"n,omitempty"`
	NotAfter time.Time `json:"e,omitzero"`
}

func (c scan) before(r *managed.Record, sort string) bool {
	if c.Name == "" {
		return true
	}
	byName := strings.Compare(strings.ToLower(c.Name), strings.ToLower(r.Name))
	if sort == "expiry" {
		return cmp.Or(c.NotAfter.Compare(r.NotAfter), byName) < 0
	}
	return byName < 0
}

func (c scan) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("api: encode a continuation token: " + err.Error()) // strings and a time always encode
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseScan(token string) (c scan, err error) {
	if token == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Name == "" {
		return c, durable.ErrBadToken
	}
	return c, nil
}
