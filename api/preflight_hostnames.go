package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/preflight"
)

// preflightHostnames looks at up to 100 hostnames and wildcards, before anything is asked for
// them. It changes nothing, so a reader may call it though it is a POST: so many
// hostnames fit no address.
func (s *server) preflightHostnames(w http.ResponseWriter, r *http.Request) error {
	var in issuance.AddInput
	if err := decodeBody(w, r, &in); err != nil {
		return err
	}
	if in.Gateways != nil {
		return problem(CodeBodyUnknownField, `The request body has gateways, which a look has no use for: it looks at all of them.`, "Remove it.")
	}
	if in.TakeOver {
		return problem(CodeBodyUnknownField, `The request body has the field "takeOver", which a look has no use for.`, "Remove it.")
	}
	if in.Options != (managed.Options{}) {
		return problem(CodeBodyUnknownField, `The request body has the field "options", which a look has no use for.`, "Remove it.")
	}
	if err := foldWanted(&in, contradicts); err != nil {
		return err
	}
	if n := len(in.Hostnames); n > preflight.MaxHostnames {
		return problem(CodeHostnamesTooMany, fmt.Sprintf("The request names %d different hostnames; one look takes %d.", n, preflight.MaxHostnames),
			"Send them in several requests.")
	}
	writeJSON(w, http.StatusOK, s.preflight.Hostnames(r.Context(), in.Hostnames))
	return nil
}

// refusal is what is wrong with one entry of a list in a request.
type refusal struct {
	Index  int    `json:"index"` // from 0
	Detail string `json:"detail"`
}

// refusing is a Problem that says of each entry why it was not taken. The member
// is an extension of the problem document (RFC 9457 section 3.2).
type refusing struct {
	*Problem
	refusals []refusal
}

func (r *refusing) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*Problem
		Refusals []refusal `json:"refusals"`
	}{r.Problem, r.refusals})
}

func (r *refusing) Unwrap() error { return r.Problem }
