package boundary_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"certgate/internal/durable"
	"certgate/localstack"
	"certgate/localstack/boundary"
	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

// keepRows names the variable with a folder that gets what a release stores.
const keepRows = "CERTGATE_KEEP_ROWS"

// With CERTGATE_KEEP_ROWS=testdata/RELEASE and the handler of that release in
// CERTGATE_OTHER_HANDLER this writes what the release stores: a row of each kind, of
// each step of each flow one, and the gateway's document. kept_test.go reads them.
func TestKeepWhatAReleaseStores(t *testing.T) {
	folder, handler := os.Getenv(keepRows), os.Getenv(otherHandler)
	if folder == "" || handler == "" {
		t.Skip(keepRows + " is not set: it is, once for each release")
	}
	m := start(t, boundary.BeforeReply, handler)
	k := &keeper{kinds: map[string]bool{}}
	m.Door.SetHooks(k.beside(m.killer.Hooks()))
	m.run()
	document, ok := m.ARM.Document(localstack.GatewayID)
	if !ok {
		t.Fatal("there is no gateway")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var rows bytes.Buffer
	for _, row := range k.rows {
		rows.Write(append(row, '\n'))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"rows.jsonl": rows.Bytes(), "gateway.json": document} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// keeper takes a row of each kind on its way to storage.
type keeper struct {
	mu    sync.Mutex
	kinds map[string]bool
	rows  [][]byte
}

func (k *keeper) beside(hooks storagedoor.Hooks) storagedoor.Hooks {
	before := hooks.Before
	hooks.Before = func(service string, r *http.Request) fault.Fault {
		if strings.HasPrefix(storagedoor.Kind(service, r), "table") && r.Body != nil {
			if body, err := io.ReadAll(r.Body); err == nil {
				r.Body = io.NopCloser(bytes.NewReader(body))
				k.look(body)
			}
		}
		return before(service, r)
	}
	return hooks
}

func (k *keeper) look(body []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		var row keptRow
		if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &row) != nil || row.RowKey == "" {
			continue
		}
		if kind := row.kind(); !k.kinds[kind] {
			k.kinds[kind] = true
			k.rows = append(k.rows, slices.Clone(line))
		}
	}
}

// keptRow is the part of an entity that says what kind of row it is.
type keptRow struct {
	PartitionKey, RowKey, Flow, Step, Status, Kind string
	Data0                                          []byte
}

// kind tells rows apart: instances by flow, step and how they end, history by the
// kind of event and its step, others by what they are.
func (r keptRow) kind() string {
	parts := strings.Split(r.RowKey, "|")
	kind := parts[0]
	if len(r.PartitionKey) > 1 { // not a shard of instances
		return r.PartitionKey + " " + kind
	}
	switch kind {
	case "i":
		var inst durable.Instance
		if json.Unmarshal(r.Data0, &inst) != nil {
			return "instance"
		}
		ending := ""
		if inst.Ending != nil {
			ending = "clean-up"
		}
		return strings.Join([]string{"instance", inst.Flow, inst.Step, string(inst.Status), ending}, " ")
	case "h":
		var e durable.Event
		if json.Unmarshal(r.Data0, &e) != nil {
			return "history"
		}
		return "history " + e.Kind
	case "c":
		if len(parts) > 2 {
			return "item"
		}
	}
	return kind
}
