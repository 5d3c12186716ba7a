package challengeblob

import (
	"context"
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
)

// noVersion is an ETag that no blob has, so a request with it as If-Match never
// has an effect. The service looks at the caller's rights before it compares.
const noVersion = azcore.ETag(`"0x0"`)

// CheckRights reports whether files may be written and deleted, without doing
// either: it asks for both on the condition that a blob which cannot exist has a
// version which cannot exist. Errors: as Put.
func (c *Container) CheckRights(ctx context.Context) error {
	file := c.client.NewBlockBlobClient(folder + "certgate.check") // a dot is no character of a token
	never := &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: to.Ptr(noVersion)}}
	_, err := file.Upload(ctx, streaming.NopCloser(strings.NewReader("")), &blockblob.UploadOptions{AccessConditions: never})
	if err == nil {
		// Something between here and the service dropped the condition.
		if err := c.failure("remove the check's file", ignoreMissing(deleteOf(ctx, file, nil))); err != nil {
			return err
		}
		return errors.New("the storage service wrote a file whose condition was not met")
	}
	if err := c.failure("write", allowed(err)); err != nil {
		return err
	}
	return c.failure("delete", allowed(deleteOf(ctx, file, never)))
}

func deleteOf(ctx context.Context, file *blockblob.Client, only *blob.AccessConditions) error {
	_, err := file.Delete(ctx, &blob.DeleteOptions{AccessConditions: only})
	return err
}

// allowed is nil for the answers that a caller gets who may do it.
func allowed(err error) error {
	if bloberror.HasCode(err, bloberror.ConditionNotMet) {
		return nil
	}
	return ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return err
}
