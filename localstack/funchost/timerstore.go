package funchost

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"certgate/localstack/pause"
)

// The real host keeps a blob for each timer with its status, and another one whose
// lease says which host fires it.
const (
	hostsContainer = "azure-webjobs-hosts"
	hostID         = "certgate-local"
	timerLease     = 15 * time.Second
)

// blobTimer is the timerStore of an app with storage.
type blobTimer struct {
	container *container.Client
	function  string
}

func newBlobTimer(connection, function string) (*blobTimer, error) {
	// A call that is lost is made again at the next turn of its own loop.
	c, err := container.NewClientFromConnectionString(connection, hostsContainer, &container.ClientOptions{
		ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: 1, RetryDelay: 200 * time.Millisecond, TryTimeout: 5 * time.Second}},
	})
	if err != nil {
		return nil, fmt.Errorf("function %s: connection: %w", function, err)
	}
	return &blobTimer{container: c, function: function}, nil
}

func (b *blobTimer) statusBlob() *blockblob.Client {
	return b.container.NewBlockBlobClient("timers/" + hostID + "/Host.Functions." + b.function + "/status")
}

func (b *blobTimer) lockBlob() *blockblob.Client {
	return b.container.NewBlockBlobClient("locks/" + hostID + "/Host.Functions." + b.function + ".Listener")
}

func (b *blobTimer) load(ctx context.Context) (s timerStatus, ok bool, err error) {
	response, err := b.statusBlob().DownloadStream(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		return s, false, fmt.Errorf("status of timer %s: %w", b.function, err)
	}
	return s, true, nil
}

func (b *blobTimer) save(ctx context.Context, s timerStatus) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = b.statusBlob().UploadBuffer(ctx, raw, nil)
	return err
}

func (b *blobTimer) hold(ctx context.Context) (context.Context, func(), error) {
	if err := b.makeLock(ctx); err != nil {
		return nil, nil, err
	}
	client, err := lease.NewBlobClient(b.lockBlob(), nil)
	if err != nil {
		return nil, nil, err
	}
	if _, err := client.AcquireLease(ctx, int32(timerLease.Seconds()), nil); err != nil {
		return nil, nil, err
	}
	held, lost := context.WithCancel(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		defer lost()
		for last := time.Now(); pause.For(held, timerLease/2) == nil; {
			if _, err := client.RenewLease(held, nil); err == nil {
				last = time.Now()
			} else if time.Since(last) > timerLease || bloberror.HasCode(err, bloberror.LeaseIDMismatchWithLeaseOperation, bloberror.LeaseNotPresentWithLeaseOperation) {
				return
			}
		}
	}()
	return held, func() {
		lost()
		<-renewed
		end, cancel := unlessKilled(ctx, completionTimeout)
		defer cancel()
		client.ReleaseLease(end, nil) // otherwise it ends by itself
	}, nil
}

// makeLock makes container and blob where they are missing; a leased one stands.
func (b *blobTimer) makeLock(ctx context.Context) error {
	if _, err := b.container.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return err
	}
	any := azcore.ETagAny
	_, err := b.lockBlob().UploadBuffer(ctx, nil, &blockblob.UploadBufferOptions{
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &any}},
	})
	if bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.LeaseIDMissing) {
		return nil
	}
	return err
}

// memoryTimer is the timerStore of an app without storage: the only host, whose
// timers begin anew with each start.
type memoryTimer struct {
	mu    sync.Mutex
	known *timerStatus
}

func (*memoryTimer) hold(ctx context.Context) (context.Context, func(), error) {
	held, cancel := context.WithCancel(ctx)
	return held, cancel, nil
}

func (m *memoryTimer) load(context.Context) (timerStatus, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		return timerStatus{}, false, nil
	}
	return *m.known, true, nil
}

func (m *memoryTimer) save(_ context.Context, s timerStatus) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = &s
	return nil
}
