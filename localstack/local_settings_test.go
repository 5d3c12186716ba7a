package localstack_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/funchost"
)

// Another Functions host runs the app with the file alone: what a developer's
// `func start` reads is all that the app needs.
func TestAnotherHostRunsTheAppWithTheSettingsFile(t *testing.T) {
	root, err := localstack.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "bin", "handler")); err != nil {
		if os.Getenv("CERTGATE_REQUIRE_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip("make build makes the handler")
	}
	stack, err := localstack.Start(t.Context(), localstack.Options{Root: root, Dir: t.TempDir(), NoHost: true})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()

	script := t.TempDir()
	file := filepath.Join(script, "local.settings.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := stack.WriteLocalSettings(file); err != nil {
		t.Fatal(err)
	}
	if before, err := os.ReadFile(file + ".before"); err != nil || string(before) != "{}" {
		t.Errorf("a developer's own settings are lost: %v", err)
	}
	for name, from := range map[string]string{"host.json": "host.json", "handler": "bin/handler"} {
		if err := os.Symlink(filepath.Join(root, from), filepath.Join(script, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", t.TempDir())
	env, err := localstack.ReadLocalSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	host, err := funchost.New(funchost.Config{ScriptRoot: script, FunctionsDir: filepath.Join(root, "functions"), Addr: "127.0.0.1:0", Env: env, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(running) }()
	defer func() { stop(); <-ended }()
	select {
	case <-host.Ready():
	case err := <-ended:
		t.Fatal(err)
	}
	api := apiclient.Client{Base: "http://" + host.Addr()}
	reply, err := api.Once(t.Context(), apiclient.Call{Method: http.MethodGet, Path: "/api/health"})
	if err != nil || reply.Status != http.StatusOK {
		t.Fatalf("%v %+v", err, reply)
	}
	var health struct{ Status string }
	if err := json.Unmarshal(reply.Body, &health); err != nil || health.Status != "Healthy" {
		t.Errorf("health: %s", reply.Body)
	}
}
