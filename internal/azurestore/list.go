package azurestore

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// List implements durable.Archive: one request for each shard
// that can have any. A token is the
// list key of a page's last instance, so a page is right whatever was added or
// removed in between.
func (s *Store) List(ctx context.Context, f durable.Filter) (page []*durable.Instance, next string, err error) {
	top := f.Top
	if top <= 0 {
		top = 100
	}
	top = min(top, 1000)
	wanted, err := spanOf(f)
	if err != nil {
		return nil, "", fmt.Errorf("list instances: %w", err)
	}
	for {
		rows, err := s.inShards(ctx, shardsOf(f), func(shard string) span {
			mine := wanted
			mine.partition, mine.limit = shard, top+1 // one more tells whether there is a next page
			return mine
		})
		if err != nil {
			return nil, "", fmt.Errorf("list instances: %w", err)
		}
		last := ""
		for _, e := range rows[:min(len(rows), top)] {
			if inst := s.listed(ctx, e); inst != nil {
				page, last = append(page, inst), e.RowKey
			}
		}
		switch {
		case len(rows) <= top:
			return page, "", nil
		case last != "":
			return page, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
		}
		wanted.from = rows[top-1].RowKey + "!" // nothing but malformed keys
	}
}

// listed is an instance as its list row shows it. One that cannot be read has its id
// and its time; nil if not even the key can be.
func (s *Store) listed(ctx context.Context, e aztables.EDMEntity) *durable.Instance {
	parts, ok := listParts(e.RowKey)
	if !ok {
		_ = s.met(ctx, damaged(durable.RowIndex, "", e, errKey))
		return nil
	}
	inst, err := decodeInstance(e)
	if s.met(ctx, err) != nil {
		nanos, _ := strconv.ParseInt(parts[1], 10, 64) // digits
		return &durable.Instance{ID: parts[2], CreatedAt: time.Unix(0, math.MaxInt64-nanos).UTC(), Damaged: true}
	}
	return inst
}

// listParts takes a list key apart.
func listParts(key string) (parts []string, ok bool) {
	parts = strings.Split(key, "|")
	return parts, len(parts) == 3 && parts[0] == "l" && len(parts[1]) == 19 && strings.Trim(parts[1], "0123456789") == "" && validID(parts[2])
}

// spanOf turns a filter into a range of list keys. Time runs backwards in them.
func spanOf(f durable.Filter) (span, error) {
	r := span{from: "l|", to: after("l")}
	if !f.To.IsZero() {
		r.from = after("l|" + inverted(f.To)) // exclusive
	}
	if !f.From.IsZero() {
		r.to = after("l|" + inverted(f.From)) // inclusive
	}
	if f.Token != "" {
		last, err := parseToken(f.Token)
		if err != nil {
			return r, err
		}
		r.from = max(r.from, last+"!") // "!" is the first character that a key could go on with
	}
	var statuses []string
	for _, status := range f.Statuses {
		statuses = append(statuses, "Status eq '"+strings.ReplaceAll(string(status), "'", "''")+"'")
	}
	r.where = strings.Join(statuses, " or ")
	if f.Claim != "" {
		claim := "Claim eq '" + claimKey(f.Claim) + "'"
		if r.where != "" {
			claim += " and (" + r.where + ")"
		}
		r.where = claim
	}
	return r, nil
}

// shardsOf are the partitions that can have what f wants: a claim's instances
// share one.
func shardsOf(f durable.Filter) []string {
	if f.Claim != "" {
		return []string{durable.ShardOf(f.Claim)}
	}
	return shards()
}

// parseToken returns the list key in a token. It comes from a URL and goes into
// a filter, so only what List could have made passes.
func parseToken(token string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", durable.ErrBadToken
	}
	if _, ok := listParts(string(raw)); !ok {
		return "", durable.ErrBadToken
	}
	return string(raw), nil
}
