package boundary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/durable"
)

// write is what one table transaction stores of an instance.
type write struct {
	inst  *durable.Instance // nil: the transaction is not about an instance's row
	event durable.Event     // its Kind is empty if there is no history row
}

// turn reports whether the transaction stores what a step has come to. Starts,
// terminations and the like are written by others than the step.
func (w write) turn() bool {
	return w.inst != nil && slices.Contains([]string{durable.EventStepDone, durable.EventWaiting, durable.EventRetrying, durable.EventFailed}, w.event.Kind)
}

// start reports whether the transaction stores a new instance.
func (w write) start() bool { return w.inst != nil && w.event.Kind == durable.EventStarted }

// readWrite looks into the body of a transaction (multipart, an entity's JSON on a
// line of its own), whose rows internal/azurestore describes.
func readWrite(batch []byte) (write, error) {
	var w write
	for line := range bytes.Lines(batch) {
		if line[0] != '{' {
			continue
		}
		var key struct{ RowKey string }
		if err := json.Unmarshal(line, &key); err != nil {
			return write{}, fmt.Errorf("read an entity: %w", err)
		}
		var into any
		switch {
		case strings.HasPrefix(key.RowKey, "i|"):
			w.inst = &durable.Instance{}
			into = w.inst
		case strings.HasPrefix(key.RowKey, "h|"):
			into = &w.event
		default:
			continue
		}
		if err := readDocument(line, into); err != nil {
			return write{}, fmt.Errorf("read row %s: %w", key.RowKey, err)
		}
	}
	return w, nil
}

// readDocument puts the columns Data0, Data1, ... together.
func readDocument(entity []byte, into any) error {
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(entity, &columns); err != nil {
		return err
	}
	var document []byte
	for i := 0; ; i++ {
		column, ok := columns[fmt.Sprintf("Data%d", i)]
		if !ok {
			return json.Unmarshal(document, into)
		}
		var chunk []byte // base64 in JSON
		if err := json.Unmarshal(column, &chunk); err != nil {
			return err
		}
		document = append(document, chunk...)
	}
}
