package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// terminateInstance answers 202; 404 if unknown, 410 if it has ended. The
// instance goes through its clean-up steps before it ends.
func (s *server) terminateInstance(w http.ResponseWriter, r *http.Request) error {
	reason := r.URL.Query().Get("reason")
	if len(reason) > 1000 {
		return problem(CodeQueryNotValid, "The reason is longer than 1000 bytes.", "Shorten it.")
	}
	if err := s.engine.Terminate(r.Context(), chi.URLParam(r, "id"), reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// raiseEvent answers 202; 404 if unknown, 410 if it has ended. Whatever its
// name, an event makes a step that waits look again now.
func (s *server) raiseEvent(w http.ResponseWriter, r *http.Request) error {
	event := chi.URLParam(r, "event")
	if len(event) > 100 {
		return problem(CodeQueryNotValid, "The event name is longer than 100 bytes.", "Shorten it.")
	}
	if err := s.engine.Raise(r.Context(), chi.URLParam(r, "id"), event); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// purgeInstance removes an ended instance with its history.
func (s *server) purgeInstance(w http.ResponseWriter, r *http.Request) error {
	if err := s.instances.Purge(r.Context(), chi.URLParam(r, "id")); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]int{"instancesDeleted": 1})
	return nil
}
