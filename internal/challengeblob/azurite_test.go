package challengeblob_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// The emulator's account; its name and key are published.
const (
	emulatorAccount = "devstoreaccount1"
	emulatorKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// startAzurite runs the blob service of the emulator on a free port until the
// test ends, and returns the URL of its account.
func startAzurite(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(repositoryRoot(t), "node_modules", ".bin", "azurite-blob")
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("CERTGATE_REQUIRE_TOOLS") == "1" {
			t.Fatalf("azurite is missing: run make tools")
		}
		t.Skip("azurite is missing: run make tools")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "--blobHost", "127.0.0.1", "--blobPort", "0",
		"--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck")
	cmd.Dir = t.TempDir()
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel() // kills this one process
		cmd.Wait()
	})

	urls := make(chan string, 1)
	go func() {
		listening := regexp.MustCompile(`successfully listen\w* (?:at|on) (http://127\.0\.0\.1:\d+)`)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				urls <- m[1]
			}
		}
	}()
	select {
	case url := <-urls:
		return url + "/" + emulatorAccount
	case <-time.After(60 * time.Second):
		t.Fatal("azurite does not listen after a minute")
		return ""
	}
}

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
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
