package challengeblob

import (
	"context"
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
)

// folder is the path of RFC 8555 section 8.3 without its leading slash, so that
// the gateway can pass the request's path on unchanged.
const folder = ".well-known/acme-challenge/"

// longestToken is far above what CAs send and below the service's limit of 1,024
// characters for a blob name.
const longestToken = 512

// Put implements issuance.ChallengeFiles. A second Put overwrites. no-store
// keeps gateways and proxies from serving an older file of the same token.
func (c *Container) Put(ctx context.Context, token, content string) error {
	if err := checkToken(token); err != nil {
		return err
	}
	_, err := c.client.NewBlockBlobClient(folder+token).Upload(ctx, streaming.NopCloser(strings.NewReader(content)), &blockblob.UploadOptions{
		HTTPHeaders: &blob.HTTPHeaders{
			BlobContentType:  to.Ptr("text/plain"),
			BlobCacheControl: to.Ptr("no-store"),
		},
	})
	return c.failure("write validation file", err)
}

// Delete implements issuance.ChallengeFiles. A container that is gone has taken
// the file with it.
func (c *Container) Delete(ctx context.Context, token string) error {
	if err := checkToken(token); err != nil {
		return err
	}
	_, err := c.client.NewBlockBlobClient(folder+token).Delete(ctx, &blob.DeleteOptions{
		// Without this a blob of which somebody took a snapshot cannot be deleted.
		DeleteSnapshots: to.Ptr(blob.DeleteSnapshotsOptionTypeInclude),
	})
	if bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound) {
		return nil
	}
	return c.failure("delete validation file", err)
}

// Check reports whether the container is there and lets us in. It asks for the
// properties of a blob that cannot exist, because a dot is no character of a
// token: it costs one read, needs the weakest right that any access has, and
// leaves nothing behind.
func (c *Container) Check(ctx context.Context) error {
	_, err := c.client.NewBlobClient(folder+"certgate.check").GetProperties(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil
	}
	return c.failure("check", err)
}

// checkToken keeps what a CA sends from becoming a path. The alphabet is that
// of base64url without padding (RFC 8555 section 8.3).
func checkToken(token string) error {
	if token == "" || len(token) > longestToken {
		return errors.New("challenge token is empty or too long")
	}
	for _, c := range token {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return errors.New("challenge token is not base64url (RFC 8555 section 8.3)")
		}
	}
	return nil
}
