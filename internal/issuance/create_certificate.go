package issuance

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/hostname"
)

// createCertificate has the vault make the key and the CSR, hands the CSR to the
// CA, and merges the chain into the vault: in one turn if the CA issues at once,
// else in several, under one published status. It may die anywhere: until the
// chain is merged, the vault's pending operation gives the same CSR again; after
// that, the vault has the very leaf that the order leads to.
func createCertificate(authorities Authorities, vault Vault) durable.Step[State] {
	return durable.Step[State]{
		Name:  "CreateCertificateStep",
		Says:  "Creating certificate.",
		Title: "Create the certificate",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if s.Certificate.Version != "" {
				return durable.Done(), nil
			}
			ca, err := s.authority(authorities)
			if err != nil {
				return durable.Outcome{}, err
			}
			order, err := ca.Order(ctx, s.Order.URL)
			if errors.Is(err, ErrGone) {
				return orderLost(s, "the certificate authority does not know the order")
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			if order.Status == "valid" && s.CSR == nil {
				if done, err := mergedBefore(ctx, ca, vault, order, s); done || err != nil {
					return durable.Done(), err
				}
			}
			if s.CSR == nil {
				if err := makeCSR(ctx, vault, s); err != nil {
					return durable.Outcome{}, err
				}
			}
			finalizing := order.Status == "ready"
			if finalizing {
				if order, err = finalize(ctx, ca, order, s); err != nil {
					return durable.Outcome{}, err
				}
			}
			s.Order = keepURL(s.Order, order)
			if finalizing && order.Status == "processing" {
				return durable.Wait(order.RetryAfter, ""), nil // some CAs issue within milliseconds
			}
			return continueWith(ctx, ca, vault, t, s)
		},
	}
}

// finalize hands the CSR in, and looks once whether the CA has issued by then,
// unless it asks to be left alone for a while.
func finalize(ctx context.Context, orders Orders, ready Order, s *State) (Order, error) {
	order, err := orders.Finalize(ctx, keepURL(s.Order, ready), s.CSR)
	if err != nil || order.Status != "processing" || order.RetryAfter > 0 {
		return order, err
	}
	return orders.Order(ctx, s.Order.URL)
}

// continueWith goes on from what the CA says of the order.
func continueWith(ctx context.Context, orders Orders, vault Vault, t durable.Turn, s *State) (durable.Outcome, error) {
	switch order := s.Order; order.Status {
	case "valid":
		return takeCertificate(ctx, orders, vault, t.Now, s)
	case "ready", "processing":
		return durable.Wait(pollPause(order.RetryAfter, t), ""), nil
	case "pending":
		return orderLost(s, "it went back to pending")
	default:
		if order.Problem != nil && order.Problem.Type == serverInternal {
			return durable.Outcome{}, ownFailure("The certificate authority did not issue the certificate. It says: " + order.Problem.Detail)
		}
		if order.Problem != nil {
			return durable.Fail(codeOfProblem(*order.Problem), "The certificate authority did not issue the certificate. It says: "+order.Problem.Detail), nil
		}
		return orderLost(s, "the certificate authority marked it invalid without a reason")
	}
}

// mergedBefore finds the work of a run that died after it had merged: the vault
// holds the leaf of this order under one of the names that it can have.
func mergedBefore(ctx context.Context, orders Orders, vault Vault, order Order, s *State) (bool, error) {
	chain, err := orders.Chain(ctx, order.CertificateURL, s.Options.PreferredChain)
	if errors.Is(err, ErrGone) {
		return false, nil
	}
	if err != nil || len(chain) == 0 {
		return false, err
	}
	for _, name := range s.possibleNames() {
		found, err := vault.Certificate(ctx, name)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return false, err
		}
		if bytes.Equal(found.Leaf, chain[0]) {
			found.Tags = nil
			s.Order, s.CertificateName, s.Certificate = keepURL(s.Order, order), name, found
			return true, nil
		}
	}
	return false, nil
}

// finishedByOthers is for a run that began a version in the vault when another run
// of the same turn had just merged its own: the order has led to that one. What this
// run began is of no use. Ordering again would make a second certificate.
func finishedByOthers(ctx context.Context, orders Orders, vault Vault, s *State) (durable.Outcome, error) {
	merged, err := mergedBefore(ctx, orders, vault, s.Order, s)
	if err != nil {
		return durable.Outcome{}, err
	}
	if !merged {
		return orderLost(s, "it was finished with another key than the vault holds now")
	}
	return durable.Done(), vault.DiscardPending(ctx, s.CertificateName, s.names())
}

// makeCSR finds a name in the vault and starts a new version under it. Two
// hostnames can meet in one name (a-b.com, a.b.com): the newcomer gets a hash.
func makeCSR(ctx context.Context, vault Vault, s *State) error {
	names := []string{s.CertificateName}
	if s.CertificateName == "" {
		names = CandidateNames(s.Hostname)
	}
	var csr []byte
	err := ErrNameTaken
	for i := 0; i < len(names) && errors.Is(err, ErrNameTaken); i++ {
		s.CertificateName = names[i]
		csr, err = vault.PendingCSR(ctx, s.request())
	}
	if errors.Is(err, ErrNameTaken) {
		return namesTaken(names, err)
	}
	if err != nil {
		return err
	}
	s.CSR = csr
	return nil
}

func namesTaken(names []string, err error) error {
	return &durable.Failure{Code: CodeVaultRefused, Err: err, Message: "The certificate names " + names[0] + " and " + names[len(names)-1] + " in Key Vault are taken, by certificates of other hostnames or by a secret or key of that name. Delete the one that is not needed, and purge it."}
}

// possibleNames are those under which this instance may have begun a version.
func (s *State) possibleNames() []string {
	if s.Renewal {
		return []string{s.CertificateName}
	}
	return CandidateNames(s.Hostname)
}

// CandidateNames are the names in the vault that a certificate of a hostname can have, the
// one that is tried first before the other.
func CandidateNames(host string) []string {
	return []string{hostname.CertificateName(host), hostname.Disambiguated(host)}
}

// takeCertificate downloads the chain and completes the vault's operation.
// Merging again finds the version of the first time.
func takeCertificate(ctx context.Context, orders Orders, vault Vault, now time.Time, s *State) (durable.Outcome, error) {
	chain, err := orders.Chain(ctx, s.Order.CertificateURL, s.Options.PreferredChain)
	if errors.Is(err, ErrGone) {
		return orderLost(s, "the certificate authority does not know the certificate")
	}
	if err != nil {
		return durable.Outcome{}, err
	}
	if err := checkChain(chain, s.CSR, s.names(), now); err != nil {
		if errors.Is(err, errForeignKey) {
			return finishedByOthers(ctx, orders, vault, s)
		}
		return durable.Fail(CodeCertificateNotValid, "The certificate authority issued a certificate that cannot be used: "+err.Error()+"."), nil
	}
	merged, err := vault.Merge(ctx, s.request(), chain)
	if errors.Is(err, ErrGone) {
		return orderLost(s, "somebody removed its key from the vault")
	}
	if err != nil {
		return durable.Outcome{}, err
	}
	left := merged.TagsLeftOut
	merged.Tags, merged.TagsLeftOut = nil, nil // of no use to later steps
	s.Certificate = merged
	if len(left) > 0 {
		return durable.Done().Noting("Warning: Key Vault takes 15 tags on a certificate. There was no room for " + strings.Join(left, ", ") + "."), nil
	}
	return durable.Done(), nil
}
