package e2e

import (
	"bytes"
	"io"
	"net/http"

	"certgate/localstack/storagedoor"
)

// storedStep marks a request that stores a step.
const storedStep = "X-Test-Stored-Step"

// markStored is a hook that sets the mark: a transaction with a history row.
func markStored(service string, r *http.Request) storagedoor.Fault {
	if storagedoor.Kind(service, r) != "table batch" {
		return storagedoor.Fault{}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return storagedoor.Fault{Drop: true} // the client died while it wrote
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(`"h|`)) {
		r.Header.Set(storedStep, "1")
	}
	return storagedoor.Fault{}
}
