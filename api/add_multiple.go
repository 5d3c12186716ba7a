package api

import (
	"fmt"
	"net/http"
	"strings"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
)

// addMultiple starts the issuance of many hostnames under one parent instance.
// A second call with the same set of hostnames, in whatever order and spelling,
// gets the first one's id as long as that is active.
func (s *server) addMultiple(w http.ResponseWriter, r *http.Request) error {
	var in issuance.Input
	if err := decodeBody(w, r, &in); err != nil {
		return err
	}
	if err := foldHostnames(&in); err != nil {
		return err
	}
	if err := s.checkOptions(r.Context(), &in.Options); err != nil {
		return err
	}
	if err := s.checkInputGateways(&in); err != nil {
		return err
	}
	return s.startMany(w, r, in)
}

// startMany starts the issuance of folded hostnames.
func (s *server) startMany(w http.ResponseWriter, r *http.Request, in issuance.Input) error {
	if n := len(in.Hostnames); n > batch.MaxHostnames {
		return problem(CodeHostnamesTooMany, fmt.Sprintf("The request names %d different hostnames; one request takes %d.", n, batch.MaxHostnames),
			"Send them in several requests.")
	}
	start, err := batch.Start(in)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// faultsShown is how many bad hostnames the sentence of a reply names; its member
// refusals has all of them.
const faultsShown = 5

// foldHostnames replaces each hostname by its checked form (A-label) and leaves
// one of each. All that are bad are told at once.
func foldHostnames(in *issuance.Input) error {
	if len(in.Hostnames) == 0 {
		return noHostname()
	}
	seen := make(map[hostname.Name]bool, len(in.Hostnames))
	folded := make([]issuance.InputHostname, 0, len(in.Hostnames))
	var refusals []refusal
	for i, h := range in.Hostnames {
		name, err := hostname.Parse(h.Hostname)
		if err != nil {
			refusals = append(refusals, refusal{i, err.Error()})
			continue
		}
		if !seen[name] {
			seen[name] = true
			folded = append(folded, issuance.InputHostname{Hostname: string(name), Gateway: h.Gateway})
		}
	}
	if len(refusals) > 0 {
		return &refusing{problem(CodeHostnameNotValid, told(refusals), "Send public host names such as shop.example.com; nothing was started."), refusals}
	}
	in.Hostnames = folded
	return nil
}

// told is the sentence of a reply with refusals: the first few of them.
func told(refusals []refusal) string {
	var faults []string
	for _, r := range refusals[:min(len(refusals), faultsShown)] {
		faults = append(faults, fmt.Sprintf("hostnames[%d]: %s", r.Index, r.Detail))
	}
	text := strings.Join(faults, " ")
	if more := len(refusals) - len(faults); more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}
