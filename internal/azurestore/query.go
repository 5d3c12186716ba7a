package azurestore

import (
	"context"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// span is a range of row keys in one partition, with a further condition on
// columns if where is set. Only keys and conditions made here get into it:
// they are part of an OData filter.
type span struct {
	partition string
	from, to  string // from inclusive, to exclusive
	where     string
	columns   string // $select; all if empty
	limit     int    // 0 means all
}

// query reads the rows of a span in key order. One request usually; more when
// the service answers in parts.
func (s *Store) query(ctx context.Context, r span) (rows []aztables.EDMEntity, err error) {
	filter := fmt.Sprintf("PartitionKey eq '%s' and RowKey ge '%s' and RowKey lt '%s'", r.partition, quote(r.from), quote(r.to))
	if r.where != "" {
		filter += " and (" + r.where + ")"
	}
	options := &aztables.ListEntitiesOptions{Filter: &filter}
	if r.columns != "" {
		options.Select = &r.columns
	}
	if r.limit > 0 {
		top := int32(min(r.limit, 1000)) // the service's limit for a page
		options.Top = &top
	}
	err = s.withTable(ctx, func() error {
		rows = nil
		for pages := s.table.NewListEntitiesPager(options); pages.More(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return clean(err)
			}
			for _, raw := range page.Entities {
				e, err := decode(raw)
				if err != nil {
					return err
				}
				rows = append(rows, e)
			}
			if r.limit > 0 && len(rows) >= r.limit {
				rows = rows[:r.limit]
				return nil
			}
		}
		return nil
	})
	return rows, err
}

// quote keeps a key that is not one of ours from ending the text that it stands in.
func quote(key string) string { return strings.ReplaceAll(key, "'", "''") }

// get reads one row. missing(err) if there is none.
func (s *Store) get(ctx context.Context, partition, key string) (e aztables.EDMEntity, err error) {
	err = s.withTable(ctx, func() error {
		answer, err := s.table.GetEntity(ctx, partition, key, nil)
		if err != nil {
			return clean(err)
		}
		if e, err = decode(answer.Value); err == nil {
			e.ETag = string(answer.ETag)
		}
		return err
	})
	return e, err
}
