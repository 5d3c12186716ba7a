// Package azuritetest runs the storage emulator for a test.
package azuritetest

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Emulator is a running Azurite with nothing in it.
type Emulator struct {
	ConnectionString            string
	BlobURL, QueueURL, TableURL string // with the account, without a slash at the end
}

// account is the storage account of the emulator; its key is made anew each time.
const account = "certgatetest"

// exitWithParent makes the emulator end when its standard input does, so that
// it never outlives a test process that was killed.
const exitWithParent = `data:text/javascript,process.stdin.resume();process.stdin.on("end",()=>process.exit(0))`

var listening = regexp.MustCompile(`Azurite (Blob|Queue|Table) service is successfully listening at (http://127\.0\.0\.1:\d+)`)

// Start runs the emulator on free ports of 127.0.0.1 until the test is over. A
// test without the emulator installed is skipped, or fails if
// CERTGATE_REQUIRE_TOOLS is 1.
func Start(t *testing.T) Emulator {
	t.Helper()
	script := filepath.Join(repositoryRoot(t), "node_modules", "azurite", "dist", "src", "azurite.js")
	node, err := exec.LookPath("node")
	if _, statErr := os.Stat(script); err != nil || statErr != nil {
		if os.Getenv("CERTGATE_REQUIRE_TOOLS") == "1" {
			t.Fatal("the storage emulator is not installed: run make tools")
		}
		t.Skip("the storage emulator is not installed: run make tools")
	}
	secret := make([]byte, 64)
	rand.Read(secret)
	key := base64.StdEncoding.EncodeToString(secret)

	cmd := exec.CommandContext(t.Context(), node, "--import", exitWithParent, script, "--inMemoryPersistence", "--disableTelemetry",
		"--skipApiVersionCheck", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+account+":"+key)
	if _, err := cmd.StdinPipe(); err != nil { // held open until this process ends
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the storage emulator: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	urls := addresses(t, bufio.NewScanner(output))
	if len(urls) != 3 {
		_ = cmd.Wait() // it has ended: then all that it said is there
		t.Fatalf("the storage emulator ended before it listened: %s", problems.String())
	}
	e := Emulator{BlobURL: urls["Blob"], QueueURL: urls["Queue"], TableURL: urls["Table"]}
	e.ConnectionString = fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;TableEndpoint=%s",
		account, key, e.BlobURL, e.QueueURL, e.TableURL)
	return e
}

// addresses reads the output until all three services listen; then it goes on
// reading in the background, so that the emulator never blocks on a full pipe.
func addresses(t *testing.T, lines *bufio.Scanner) map[string]string {
	t.Helper()
	urls, done := map[string]string{}, make(chan struct{})
	go func() {
		open := true
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil && open {
				urls[m[1]] = m[2] + "/" + account
			}
			if open && len(urls) == 3 {
				open = false
				close(done)
			}
		}
		if open {
			close(done)
		}
	}()
	select {
	case <-done:
		return urls
	case <-time.After(time.Minute):
		t.Fatal("the storage emulator does not listen after a minute")
		return nil
	}
}

// repositoryRoot is the folder of go.mod above the test.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
