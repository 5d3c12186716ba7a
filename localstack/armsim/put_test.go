package armsim_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/localstack/armsim"
	"certgate/localstack/vaultsim/bundle"
)

const never = time.Hour // an operation that a test does not wait for

func TestAPutReplacesTheDocumentAndKeepsMembersThatNobodyKnows(t *testing.T) {
	t.Parallel()
	const secret = "https://v.vault.azure.net/secrets/c"
	vault := &shelf{present: bundle.TypePFX, values: map[string]string{secret: pfx(t, selfSigned(t, "c.example", 0))}, gate: make(chan struct{})}
	s := setup(t, armsim.Options{Secrets: vault})
	d := s.get(t)
	d.addSite("c", "c.example", secret, 1) // its reading keeps the operation open
	before := d["etag"].(string)
	d["x-unknown"] = map[string]any{"big": json.Number("12345678901234567890")}
	d.properties()["futureCollection"] = []any{map[string]any{"name": "f", "properties": map[string]any{"a": 1}}}
	d.add("frontendPorts", "extra", map[string]any{"port": 8443, "future": true})

	poller, err := s.begin(t.Context(), d, before)
	if err != nil {
		t.Fatal(err)
	}
	during := s.get(t)
	if during.properties()["provisioningState"] != "Updating" || during["etag"] == before {
		t.Errorf("during the update: state %v, etag %v", during.properties()["provisioningState"], during["etag"])
	}
	close(vault.gate)
	after, err := wait(t.Context(), poller)
	if err != nil {
		t.Fatal(err)
	}
	if after.properties()["provisioningState"] != "Succeeded" || !strings.HasPrefix(after["etag"].(string), `W/"`) || after["etag"] == during["etag"] {
		t.Errorf("afterwards: state %v, etag %v", after.properties()["provisioningState"], after["etag"])
	}
	raw, _ := s.sim.Document(s.id)
	if !strings.Contains(string(raw), `"big":12345678901234567890`) {
		t.Error("an unknown member is lost or changed")
	}
	future := after.properties()["futureCollection"].([]any)[0].(map[string]any)
	if future["id"] != s.id+"/futureCollection/f" || future["properties"].(map[string]any)["provisioningState"] != "Succeeded" {
		t.Errorf("child of a new collection is %v", future)
	}
	if !slices.Contains(after.names("frontendPorts"), "extra") {
		t.Error("the new port is not there")
	}
	delete(d.properties(), "futureCollection")
	if after, err = s.put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if after.properties()["futureCollection"] != nil {
		t.Error("what a PUT leaves out is still there")
	}
}

func TestASecondPutCancelsTheFirstAndUndoesItsChange(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: never, RetryAfter: armsim.Every(7 * time.Second)})
	first, second := s.get(t), s.get(t)
	first.add("frontendPorts", "first", map[string]any{"port": 1001})
	second.add("frontendPorts", "second", map[string]any{"port": 1002})
	poller, err := s.begin(t.Context(), first, "")
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := poller.Poll(t.Context()); err != nil || resp.Header.Get("Retry-After") != "7" {
		t.Errorf("in progress: Retry-After %q, %v", resp.Header.Get("Retry-After"), err)
	}
	if _, err := s.begin(t.Context(), second, ""); err != nil {
		t.Fatal(err)
	}
	_, err = wait(t.Context(), poller)
	wantRefusal(t, err, 200, "Canceled", "CanceledAndSupersededDueToAnotherOperation")
	if got := s.get(t).names("frontendPorts"); slices.Contains(got, "first") || !slices.Contains(got, "second") {
		t.Errorf("frontend ports are %v", got)
	}
	log := s.sim.Log()
	if s.sim.Puts() != 2 || len(log) != 2 || log[0].Outcome != "Canceled" || log[1].Outcome != "InProgress" {
		t.Errorf("log is %+v", log)
	}
}

func TestAnOperationIsResumedByAnotherProcess(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: 20 * time.Millisecond})
	poller, err := s.begin(t.Context(), s.get(t), "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := poller.ResumeToken()
	if err != nil {
		t.Fatal(err)
	}
	again, err := runtime.NewPollerFromResumeToken[document](token, s.arm.Pipeline(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wait(t.Context(), again); err != nil {
		t.Error(err)
	}
}

func TestAnOldETagIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{})
	d := s.get(t)
	old := d["etag"].(string)
	if _, err := s.put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.add("frontendPorts", "late", map[string]any{"port": 1001})
	_, err := s.begin(t.Context(), d, old)
	wantRefusal(t, err, 412, "PreconditionFailed", "PreconditionFailedEtagMismatch")
	if slices.Contains(s.get(t).names("frontendPorts"), "late") {
		t.Error("the refused change is there")
	}
	if log := s.sim.Log(); s.sim.Puts() != 1 || log[1].HTTPStatus != 412 || log[1].Code != "PreconditionFailed" {
		t.Errorf("log is %+v", log)
	}
}

func TestNearlySimultaneousPutsCollide(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	s := setup(t, armsim.Options{UpdateTakes: never, Collision: 2 * time.Second, Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	now.Store(100)
	d := s.get(t)
	if _, err := s.begin(t.Context(), d, ""); err != nil {
		t.Fatal(err)
	}
	now.Store(101)
	_, err := s.begin(t.Context(), d, "")
	wantRefusal(t, err, 429, "RetryableError", "ReferencedResourceNotProvisioned")
	now.Store(102)
	if _, err := s.begin(t.Context(), d, ""); err != nil {
		t.Errorf("after the time of collision: %v", err)
	}
}

func TestARestartedStackHasItsGatewayAndFinishesItsOperation(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "arm.json")
	before := setup(t, armsim.Options{UpdateTakes: never})
	d := before.get(t)
	d.add("frontendPorts", "extra", map[string]any{"port": 1001})
	poller, err := before.begin(t.Context(), d, "")
	if err != nil {
		t.Fatal(err)
	}
	token, err := poller.ResumeToken()
	if err != nil {
		t.Fatal(err)
	}
	if err := before.sim.Save(file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	after := setup(t, armsim.Options{})
	if err := after.sim.Load(file); err != nil {
		t.Fatal(err)
	}
	again, err := runtime.NewPollerFromResumeToken[document](token, after.arm.Pipeline(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := wait(ctx, again)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(got.names("frontendPorts"), "extra") || got.properties()["provisioningState"] != "Succeeded" {
		t.Errorf("after the restart: %v, %v", got.names("frontendPorts"), got.properties()["provisioningState"])
	}
}
