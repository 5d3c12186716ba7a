package funchost

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	childprocess "certgate/internal/localstack/process"
)

// azurite is one emulator for all tests of the binary; each has its own queues.
var azurite struct {
	once       sync.Once
	cmd        *exec.Cmd
	connection string
	missing    string
	err        error
}

// storage returns the connection string of the emulator, started on first use.
func storage(t *testing.T) string {
	t.Helper()
	azurite.once.Do(startAzurite)
	if azurite.missing != "" && os.Getenv("CERTGATE_REQUIRE_TOOLS") != "1" {
		t.Skip(azurite.missing)
	}
	if azurite.missing != "" || azurite.err != nil {
		t.Fatal(azurite.missing, azurite.err)
	}
	return azurite.connection
}

func startAzurite() {
	path, err := repositoryFile("node_modules/.bin/azurite-queue")
	if err != nil {
		azurite.missing = "azurite is not installed: run make tools"
		return
	}
	port, err := childprocess.FreePort()
	if err != nil {
		azurite.err = err
		return
	}
	cmd := exec.Command(path, "--queueHost", "127.0.0.1", "--queuePort", fmt.Sprint(port),
		"--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck")
	if azurite.err = cmd.Start(); azurite.err != nil {
		return
	}
	azurite.cmd = cmd
	address := net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	azurite.connection = strings.Replace(emulatorConnection, "127.0.0.1:10001", address, 1)
	for deadline := time.Now().Add(patience); ; {
		response, err := http.Get("http://" + address + "/")
		if err == nil {
			response.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			azurite.err = fmt.Errorf("azurite does not answer: %w", err)
			return
		}
		time.Sleep(20 * time.Millisecond) // polls a real condition
	}
}

func stopAzurite() {
	if azurite.cmd != nil {
		azurite.cmd.Process.Kill()
		azurite.cmd.Wait()
	}
}

// repositoryFile finds a file beneath the folder of go.mod.
func repositoryFile(name string) (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			path := filepath.Join(dir, name)
			_, err = os.Stat(path)
			return path, err
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
	}
	return "", err
}

func queueClient(t *testing.T, name string) *azqueue.QueueClient {
	t.Helper()
	client, err := azqueue.NewQueueClientFromConnectionString(storage(t), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func createQueue(t *testing.T, name string) *azqueue.QueueClient {
	t.Helper()
	client := queueClient(t, name)
	if _, err := client.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return client
}

func enqueue(t *testing.T, queue *azqueue.QueueClient, text string) {
	t.Helper()
	if _, err := queue.EnqueueMessage(t.Context(), text, nil); err != nil {
		t.Fatal(err)
	}
}

func base64Text(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// length is the number of messages, invisible ones included; -1 for no queue.
func length(t *testing.T, queue *azqueue.QueueClient) int {
	t.Helper()
	properties, err := queue.GetProperties(t.Context(), nil)
	if isMissingQueue(err) {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return int(*properties.ApproximateMessagesCount)
}

func awaitLength(t *testing.T, queue *azqueue.QueueClient, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("the queue has %d messages", want), func() bool { return length(t, queue) == want })
}
