package memstore

import (
	"bytes"
	"strings"
	"time"

	"certgate/internal/durable"
)

// cloneInstance copies what a row would keep: values, not pointers, and times
// in UTC without the process's monotonic reading.
func cloneInstance(i durable.Instance) durable.Instance {
	i.Input, i.State, i.Output = bytes.Clone(i.Input), bytes.Clone(i.State), bytes.Clone(i.Output)
	i.Outbox = append([]durable.Message(nil), i.Outbox...)
	if i.Ending != nil {
		ending := *i.Ending
		i.Ending = &ending
	}
	for _, t := range []*time.Time{&i.CreatedAt, &i.UpdatedAt, &i.StepSince, &i.DueAt, &i.LeaseUntil} {
		*t = utc(*t)
	}
	return i
}

func cloneItem(m durable.Item) durable.Item {
	m.Body, m.Answer = bytes.Clone(m.Body), bytes.Clone(m.Answer)
	m.PostedAt, m.AnsweredAt = utc(m.PostedAt), utc(m.AnsweredAt)
	return m
}

func utc(t time.Time) time.Time { return t.UTC().Round(0) }

// validID reports whether id has the form of durable.NewID.
func validID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" && id[0] < '0'+durable.Shards
}
