package azurestore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"
	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
)

// poisonSuffix is what the Functions host appends to the name of a queue.
const poisonSuffix = "-poison"

// Backlog implements durable.Census out of the keys of the due index: one request
// for each shard, and one more for each further thousand instances in it.
func (s *Store) Backlog(ctx context.Context, limit int) (durable.Backlog, error) {
	keys, err := s.inShards(ctx, shards(), func(shard string) span {
		return span{partition: shard, from: "d|", to: after("d"), columns: "PartitionKey,RowKey", limit: limit}
	})
	if err != nil {
		return durable.Backlog{}, fmt.Errorf("count what is under way: %w", err)
	}
	b, perShard := durable.Backlog{Active: len(keys)}, map[string]int{}
	for _, e := range keys {
		due, err := dueOf(e.RowKey)
		if err != nil {
			_ = s.met(ctx, damaged(durable.RowIndex, "", e, err))
			b.Active--
		} else if b.OldestDue.IsZero() {
			b.OldestDue = due
		}
		perShard[e.PartitionKey]++
		b.Partial = b.Partial || perShard[e.PartitionKey] == limit
	}
	return b, nil
}

// dueOf is the time in a key of the due index.
func dueOf(key string) (time.Time, error) {
	parts := strings.Split(key, "|")
	if len(parts) != 3 {
		return time.Time{}, fmt.Errorf("key %s is not one of the due index", key)
	}
	due, err := time.Parse(sortableForm, parts[1])
	if err != nil {
		return time.Time{}, fmt.Errorf("key %s of the due index has no time: %w", key, err)
	}
	return due, nil
}

// Depth counts the messages and the poison ones: two requests, and one to look at
// the oldest poison message if there is any. The services' counts are approximate.
func (q *Queue) Depth(ctx context.Context) (d durable.QueueDepth, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { d.Messages, err = length(ctx, q.client); return err })
	group.Go(func() (err error) {
		if d.Poison, err = length(ctx, q.poison); err != nil || d.Poison == 0 {
			return err
		}
		d.OldestPoison, err = oldest(ctx, q.poison)
		return err
	})
	if err := group.Wait(); err != nil {
		return durable.QueueDepth{}, fmt.Errorf("look at queue %s: %w", q.name, err)
	}
	return d, nil
}

// length is 0 for a queue that has not been made yet: the host makes the poison
// queue with its first message.
func length(ctx context.Context, client *azqueue.QueueClient) (int64, error) {
	properties, err := client.GetProperties(ctx, nil)
	if err = clean(err); code(err) == string(queueerror.QueueNotFound) {
		return 0, nil
	}
	if err != nil || properties.ApproximateMessagesCount == nil {
		return 0, err
	}
	return int64(*properties.ApproximateMessagesCount), nil
}

// oldest is when the first visible message was put into the queue.
func oldest(ctx context.Context, client *azqueue.QueueClient) (time.Time, error) {
	peeked, err := client.PeekMessage(ctx, nil)
	if err != nil {
		return time.Time{}, clean(err)
	}
	for _, m := range peeked.Messages {
		if m.InsertionTime != nil {
			return m.InsertionTime.UTC(), nil
		}
	}
	return time.Time{}, nil
}
