package azurestore

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

const (
	// searchPage is how many rows a search reads at a time, the service's limit.
	searchPage = 1000
	// searchPages bounds one call of a search: what it has not found by then is
	// for the next page.
	searchPages = 5
)

// DueRecords implements managed.Records: one request for each thousand names,
// which reads the front of the index and no more.
func (s *Store) DueRecords(ctx context.Context, before time.Time, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	rows, err := s.query(ctx, span{
		partition: recordPartition, from: "d|", to: "d|" + sortable(before), columns: "PartitionKey,RowKey,Name", limit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("read due records: %w", err)
	}
	var names []string
	for _, e := range rows {
		name := textOf(e, "Name")
		if escape(strings.ToLower(name)) != lastPart(e.RowKey) {
			if name = nameInKey(e.RowKey); name == "" {
				_ = s.met(ctx, damaged(durable.RowIndex, "", e, errKey))
				continue
			}
		}
		names = append(names, name)
	}
	return names, nil
}

// ListRecords implements managed.Records: one request; a search up to
// searchPages. A token is the key of the last row that a page has, or that a
// search has looked at, so a page is right whatever was added or removed.
func (s *Store) ListRecords(ctx context.Context, f managed.Filter) (page []*managed.Record, next string, err error) {
	kind := "n"
	if f.Sort == "expiry" {
		kind = "e"
	}
	r, last := span{partition: recordPartition, from: kind + "|", to: after(kind)}, ""
	if f.Token != "" {
		last, err = parseRecordToken(f.Token, kind)
		if err != nil {
			return nil, "", fmt.Errorf("list records: %w", err)
		}
		r.from = last + "!" // the first character that a key could go on with
	}
	top := min(cmp.Or(max(f.Top, 0), 100), 1000)
	r.limit = top + 1 // one more tells whether there is a next page
	if f.Search != "" {
		r.limit = searchPage
	}
	for range searchPages {
		rows, err := s.query(ctx, r)
		if err != nil {
			return nil, "", fmt.Errorf("list records: %w", err)
		}
		for _, e := range rows {
			if !recordListKey.MatchString(e.RowKey) {
				_ = s.met(ctx, damaged(durable.RowIndex, "", e, errKey))
				continue
			}
			found := s.listedRecord(ctx, e)
			if found.Matches(f.Search) && len(page) == top {
				return page, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
			}
			last = e.RowKey
			if found.Matches(f.Search) {
				page = append(page, found)
			}
		}
		if len(rows) < r.limit {
			return page, "", nil
		}
		r.from = rows[len(rows)-1].RowKey + "!"
	}
	return page, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
}

// listedRecord is a record as its row shows it. One that cannot be read has its name,
// and what the plain columns and the key say of it.
func (s *Store) listedRecord(ctx context.Context, e aztables.EDMEntity) *managed.Record {
	found, err := decodeRecord(e)
	if s.met(ctx, err) == nil {
		return found
	}
	found = &managed.Record{Name: nameInKey(e.RowKey), Damaged: true}
	if hostnames := textOf(e, "Hostnames"); hostnames != "" {
		found.Hostnames = strings.Split(hostnames, ", ")
	}
	found.NotAfter, _ = time.Parse(time.RFC3339, textOf(e, "NotAfter"))
	if parts := strings.Split(e.RowKey, "|"); parts[0] == "e" {
		found.NotAfter, _ = time.Parse(sortableForm, parts[1])
	}
	return found
}

var recordListKey = regexp.MustCompile(`^(n|e\|\d{8}T\d{6}\.\d{9})\|[a-zA-Z0-9=._-]+$`)

// parseRecordToken returns the key in a token. It comes from a URL and goes into
// a filter, so only what ListRecords could have made passes.
func parseRecordToken(token, kind string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !recordListKey.Match(raw) || !strings.HasPrefix(string(raw), kind+"|") {
		return "", durable.ErrBadToken
	}
	return string(raw), nil
}
