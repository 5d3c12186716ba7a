package azurestore

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// documentPartition is apart from the shards, which are single digits.
const documentPartition = "document"

// Document reads a small document that is in no instance's shard; version "" if there
// is none. One that cannot be read has a version and no body, so that its owner starts
// afresh. One request.
func (s *Store) Document(ctx context.Context, name string) (body []byte, version string, err error) {
	e, err := s.get(ctx, documentPartition, escape(name))
	if missing(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read document %s: %w", name, err)
	}
	if body, err = documentOf(e, "Body"); err != nil {
		_ = s.met(ctx, damaged(durable.RowDocument, name, e, err))
	}
	return body, e.ETag, nil
}

// PutDocument stores a document whose version is still the given one ("": there
// is none) and returns its new version; durable.ErrConflict otherwise. One
// request, and one more after a conflict.
func (s *Store) PutDocument(ctx context.Context, name string, body []byte, version string) (newVersion string, err error) {
	commit := newCommit()
	r := newRow(documentPartition, escape(name))
	r.document("Body", body)
	r.columns[markColumn] = commit
	entity, err := r.encode("document " + name)
	if err != nil {
		return "", fmt.Errorf("put document %s: %w", name, err)
	}
	var etag azcore.ETag
	err = s.withTable(ctx, func() error {
		if version == "" {
			added, err := s.table.AddEntity(ctx, entity, nil)
			etag = added.ETag
			return clean(err)
		}
		updated, err := s.table.UpdateEntity(ctx, entity, &aztables.UpdateEntityOptions{IfMatch: to.Ptr(azcore.ETag(version)), UpdateMode: aztables.UpdateModeReplace})
		etag = updated.ETag
		return clean(err)
	})
	if stale(err) || exists(err) || missing(err) {
		if stored, readErr := s.lookAgain(ctx, documentPartition, escape(name), commit); readErr == nil && stored.own {
			return string(stored.etag), nil
		}
		err = durable.ErrConflict
	}
	if err != nil {
		return "", fmt.Errorf("put document %s: %w", name, err)
	}
	return string(etag), nil
}
