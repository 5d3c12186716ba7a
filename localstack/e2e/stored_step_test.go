package e2e

import (
	"bytes"
	"io"
	"net/http"

	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

// storedStep marks a request that stores a step.
const storedStep = "X-Test-Stored-Step"

// markStored is a hook that sets the mark: a transaction with a history row.
func markStored(service string, r *http.Request) fault.Fault {
	if storagedoor.Kind(service, r) != "table batch" {
		return fault.Fault{}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.Fault{Drop: true} // the client died while it wrote
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(`"h|`)) {
		r.Header.Set(storedStep, "1")
	}
	return fault.Fault{}
}
