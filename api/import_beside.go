package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"certgate/internal/certimport"
	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// atWorkOn is the active instance of a hostname; nil if there is none. One that
// starts between this look and the import's own start is told apart by the engine.
func (s *server) atWorkOn(ctx context.Context, host hostname.Name) (*durable.Instance, error) {
	active, _, err := s.instances.List(ctx, durable.Filter{
		Claim: issuance.Claim(host.String()), Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}, Top: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("look for instances of %s: %w", host, err)
	}
	if len(active) == 0 {
		return nil, nil
	}
	if active[0].Damaged {
		return nil, &durable.UnreadableError{Kind: durable.RowInstance, ID: active[0].ID}
	}
	return active[0], nil
}

// importBeside answers an import that meets an instance at work on its hostname.
// One that imports this very certificate is joined, because its caller's reply may
// have been lost. Beside any other nothing may be imported: it may be about to put
// another certificate into the vault.
func (s *server) importBeside(w http.ResponseWriter, r *http.Request, active *durable.Instance, host hostname.Name, bundle certimport.Bundle) error {
	same, err := s.imports(r.Context(), active, bundle)
	if err != nil {
		return s.vaultProblem(w, r, err)
	}
	if same {
		return s.start(w, r, durable.Start{Flow: active.Flow, Claim: active.Claim, Input: active.Input})
	}
	return problem(CodeCertificateBusy, fmt.Sprintf("The instance %s (%s) is at work on %s. Nothing was imported.", active.ID, active.Flow, host),
		"Wait until it has ended, or terminate it, then import again.")
}

// imports reports whether an instance imports the bundle's certificate: whether
// the version in the vault that its input names has the same leaf.
func (s *server) imports(ctx context.Context, active *durable.Instance, bundle certimport.Bundle) (bool, error) {
	if active.Flow != issuance.FlowImportCertificate {
		return false, nil
	}
	var in issuance.ImportInput
	readable := json.Unmarshal(active.Input, &in) == nil
	if !readable { // of another release, or damaged: not this import
		return false, nil
	}
	kept, err := s.certificates.Vault.Version(ctx, in.CertificateName, in.Version)
	if errors.Is(err, issuance.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return bytes.Equal(kept.Leaf, bundle.Chain[0].Raw), nil
}
