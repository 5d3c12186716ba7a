package funchost

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// admin runs a function once on request: POST /admin/functions/<Name> with
// {"input":"..."} answers 202 before the function has run. For a queue function
// the input is the text of the message.
type admin struct {
	functions []function
	timers    map[string]*timer // by function name
	invoker   *invoker
	// start runs in the background; the host waits for it when it stops.
	start func(run func(ctx context.Context))
}

func (a *admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.URL.Path, "/admin/host/ping") {
		w.WriteHeader(http.StatusOK)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/admin/functions/")
	f := a.find(name)
	if !ok || f == nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if f.http != nil {
		http.Error(w, "An HTTP function is called by its route.", http.StatusBadRequest)
		return
	}
	var request struct {
		Input string `json:"input"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil && err != io.EOF {
		http.Error(w, `The body must be {"input":"..."}.`, http.StatusBadRequest)
		return
	}
	a.start(func(ctx context.Context) {
		// A failure is in the log; no caller waits for it.
		if f.timer != nil {
			a.invoker.invoke(ctx, f.name, a.timers[f.name].payload(false))
			return
		}
		a.invoker.invoke(ctx, f.name, queuePayload(f.name, f.queue, byHand(request.Input)))
	})
	w.WriteHeader(http.StatusAccepted)
}

func (a *admin) find(name string) *function {
	for i := range a.functions {
		if strings.EqualFold(a.functions[i].name, name) {
			return &a.functions[i]
		}
	}
	return nil
}
