package api

import (
	"context"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"certgate/internal/delivery"
	"certgate/internal/issuance/managed"
)

// Targets are what serves certificates beside the gateway; *delivery.Deliveries knows
// them.
type Targets interface {
	// Show looks at the targets of a certificate now.
	Show(ctx context.Context, r *managed.Record) []delivery.Shown
	// Documents writes what is to be deployed so that a target serves the certificate;
	// an empty one where nothing is. known is false if it does not go there.
	Documents(r *managed.Record, name string) (out delivery.Document, known bool, err error)
}

// CodeTargetNotFound is of the targets of a certificate.
const CodeTargetNotFound = "TargetNotFound"

// getDocuments writes what is to be deployed of a certificate for one of its targets.
func (s *server) getDocuments(w http.ResponseWriter, r *http.Request) error {
	record, err := s.record(r.Context(), chi.URLParam(r, "name"))
	if err != nil {
		return err
	}
	name := r.URL.Query().Get("target")
	document, known := delivery.Document{}, false
	if s.certificates.Targets != nil {
		if document, known, err = s.certificates.Targets.Documents(record, name); err != nil {
			return err
		}
	}
	switch {
	case name == "":
		return problem(CodeQueryNotValid, "target is missing.", "Name one of the certificate's targets, such as target=aks; GET /api/certificates/{name} lists them.")
	case !known:
		return problem(CodeTargetNotFound, "The certificate goes to no target of this name.", "GET /api/certificates/{name} lists its targets; the setting InstallTargets says which there are.")
	case document.Text == "":
		return problem(CodeTargetNotFound, "There is nothing to deploy for a target of this kind.", "docs/delivery.md says for which kinds there is.")
	}
	w.Header().Set("Content-Type", document.Type)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, document.Text)
	return nil
}

// targeted is the published view of a target of one certificate.
type targeted struct {
	Name     string         `json:"name"`
	Kind     string         `json:"kind"`
	Served   managed.Served `json:"served"`
	Since    string         `json:"since,omitempty"`
	Deadline string         `json:"deadline,omitempty"`
	Problem  string         `json:"problem,omitempty"`
	Instance string         `json:"instance,omitempty"`
}

// targets are what else serves a certificate, as it is at this moment.
func (s *server) targets(ctx context.Context, r *managed.Record) (list []targeted) {
	if s.certificates.Targets == nil {
		return nil
	}
	for _, t := range s.certificates.Targets.Show(ctx, r) {
		list = append(list, targeted{Name: t.Name, Kind: t.Kind, Served: t.Served, Since: instant(t.Since), Deadline: instant(t.Deadline), Problem: t.Problem, Instance: t.Instance})
	}
	return list
}
