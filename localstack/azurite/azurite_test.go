package azurite_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
)

func TestARestartKeepsDataOnDiskAndForgetsDataInMemory(t *testing.T) {
	t.Parallel()
	for _, onDisk := range []bool{true, false} {
		t.Run(fmt.Sprintf("onDisk=%v", onDisk), func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			emulator := start(t, azurite.Options{Dir: t.TempDir(), OnDisk: onDisk})
			t.Logf("up after %s", time.Since(began))
			if err := store(t.Context(), emulator.ConnectionString()); err != nil {
				t.Fatal(err)
			}
			if n, err := found(t.Context(), emulator.ConnectionString()); n != 3 {
				t.Fatalf("found %d of 3 things: %v", n, err)
			}

			ports := emulator.Ports()
			ended := emulator.Done()
			if err := emulator.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ended:
			default:
				t.Error("the first run has not ended")
			}
			if emulator.Ports() != ports {
				t.Errorf("ports %v, before %v", emulator.Ports(), ports)
			}
			want := 0
			if onDisk {
				want = 3
			}
			if n, err := found(t.Context(), emulator.ConnectionString()); n != want {
				t.Errorf("found %d things, want %d: %v", n, want, err)
			}
		})
	}
}

func TestTheEmulatorDoesNotTouchTheWorkingDirectory(t *testing.T) {
	t.Parallel()
	start(t, azurite.Options{Dir: t.TempDir()})
	litter, err := filepath.Glob("__*")
	if err != nil || len(litter) > 0 {
		t.Errorf("left behind %v, %v", litter, err)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	_, err = azurite.Start(t.Context(), azurite.Options{
		Dir: t.TempDir(), Ports: azurite.Ports{Blob: port, Queue: port + 1, Table: port + 2},
	})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d of 127.0.0.1 is in use", port)) {
		processtest.RequireTools(t, err)
		t.Errorf("error %v", err)
	}
}

func start(t *testing.T, o azurite.Options) *azurite.Azurite {
	t.Helper()
	emulator, err := azurite.Start(t.Context(), o)
	processtest.RequireTools(t, err)
	t.Cleanup(emulator.Stop)
	return emulator
}

// store puts one blob, one message and one entity with the unchanged SDK clients.
func store(ctx context.Context, connection string) error {
	blobs, err := azblob.NewClientFromConnectionString(connection, nil)
	if err != nil {
		return err
	}
	if _, err := blobs.CreateContainer(ctx, "files", nil); err != nil {
		return err
	}
	if _, err := blobs.UploadBuffer(ctx, "files", "token", []byte("content"), nil); err != nil {
		return err
	}
	queue, err := azqueue.NewQueueClientFromConnectionString(connection, "steps", nil)
	if err != nil {
		return err
	}
	if _, err := queue.Create(ctx, nil); err != nil {
		return err
	}
	if _, err := queue.EnqueueMessage(ctx, "hello", nil); err != nil {
		return err
	}
	tables, err := aztables.NewServiceClientFromConnectionString(connection, nil)
	if err != nil {
		return err
	}
	if _, err := tables.CreateTable(ctx, "instances", nil); err != nil {
		return err
	}
	_, err = tables.NewClient("instances").AddEntity(ctx, []byte(`{"PartitionKey":"p","RowKey":"r"}`), nil)
	return err
}

// found counts which of the three are there, and says why one is not.
func found(ctx context.Context, connection string) (n int, why error) {
	count := func(err error) {
		if err != nil {
			why = err
			return
		}
		n++
	}
	blobs, err := azblob.NewClientFromConnectionString(connection, nil)
	if err != nil {
		return 0, err
	}
	_, err = blobs.DownloadStream(ctx, "files", "token", nil)
	count(err)
	queue, err := azqueue.NewQueueClientFromConnectionString(connection, "steps", nil)
	if err != nil {
		return n, err
	}
	_, err = queue.PeekMessage(ctx, nil)
	count(err)
	tables, err := aztables.NewServiceClientFromConnectionString(connection, nil)
	if err != nil {
		return n, err
	}
	_, err = tables.NewClient("instances").GetEntity(ctx, "p", "r", nil)
	count(err)
	return n, why
}
