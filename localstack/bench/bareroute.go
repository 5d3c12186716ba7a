package bench

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
)

// published has the members of a status, so that the bare route encodes what the
// handler encodes.
type published struct {
	Name          string          `json:"name"`
	InstanceID    string          `json:"instanceId"`
	RuntimeStatus string          `json:"runtimeStatus"`
	Input         json.RawMessage `json:"input"`
	CustomStatus  struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error,omitempty"`
	} `json:"customStatus"`
	Output          json.RawMessage `json:"output"`
	CreatedTime     string          `json:"createdTime"`
	LastUpdatedTime string          `json:"lastUpdatedTime"`
	RequestedBy     string          `json:"requestedBy,omitempty"`
}

// ServeBare serves the status in a file on a route like the handler's, with the
// same router and server: no sign-in, no storage. It returns when it cannot go on.
func ServeBare(port int, file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("bare route: %w", err)
	}
	var status published
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("bare route: %w", err)
	}
	r := chi.NewRouter()
	r.Get("/api/instances/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer := status
		answer.InstanceID = chi.URLParam(r, "id")
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	})
	server := &http.Server{
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Handler: r,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 5 * time.Minute,
	}
	return server.ListenAndServe()
}
