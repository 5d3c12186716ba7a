package invoke

import (
	"encoding/json"
	"errors"
	"net/http"
)

// reply is what the host wants to read. An empty body, even with status 200,
// would leave the invocation hanging until functionTimeout and then kill the
// handler with all that runs in it.
type reply struct {
	Outputs     struct{}
	Logs        []string
	ReturnValue any
}

// Succeed tells the host that the invocation is over and its message may be
// deleted. The logs become Information entries of the invocation.
func Succeed(w http.ResponseWriter, logs ...string) { write(w, http.StatusOK, logs) }

// Fail tells the host that the invocation failed: a queue message is delivered
// again later, and in the end goes to the poison queue. The log is for people
// and must hold no secret.
func Fail(w http.ResponseWriter, log string) { write(w, http.StatusInternalServerError, []string{log}) }

// Reject answers a body that ReadQueue or ReadTimer refused.
func Reject(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, ErrTooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	write(w, status, []string{err.Error()})
}

func write(w http.ResponseWriter, status int, logs []string) {
	if logs == nil {
		logs = []string{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(reply{Logs: logs}) // a broken connection fails the invocation by itself
}
