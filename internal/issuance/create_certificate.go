package issuance

import (
	"context"
	"errors"
	"time"

	"certgate/internal/durable"
	"certgate/internal/hostname"
)

// createCertificate takes two turns or more, under one published status:
// first the vault makes the key and the CSR, which go to the CA; then, once the
// CA has issued, the chain is merged into the vault. The CSR is in the row
// before the chain is asked for, and the vault keeps its pending operation until
// then, so a crash at any point finds the same CSR again.
func createCertificate(orders Orders, vault Vault) durable.Step[State] {
	return durable.Step[State]{
		Name: "CreateCertificateStep",
		Says: "Creating certificate.",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if s.Certificate.Version != "" {
				return durable.Done(), nil
			}
			order, err := orders.Order(ctx, s.Order.URL)
			if errors.Is(err, ErrGone) {
				return orderLost(s, "the certificate authority does not know the order")
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			s.Order = keepURL(s.Order, order)
			if s.CSR == nil {
				if err := makeCSR(ctx, vault, s); err != nil {
					return durable.Outcome{}, err
				}
			}
			switch order.Status {
			case "ready":
				done, err := orders.Finalize(ctx, s.Order, s.CSR)
				if err != nil {
					return durable.Outcome{}, err
				}
				s.Order = keepURL(s.Order, done)
				return durable.Wait(done.RetryAfter, ""), nil
			case "processing":
				return durable.Wait(pollPause(order.RetryAfter, t), ""), nil
			case "valid":
				return takeCertificate(ctx, orders, vault, t.Now, s)
			case "pending":
				return orderLost(s, "it went back to pending")
			default:
				if order.Problem != nil {
					return durable.Fail(codeOfProblem(*order.Problem), "The certificate authority did not issue the certificate. It says: "+order.Problem.Detail), nil
				}
				return orderLost(s, "the certificate authority marked it invalid without a reason")
			}
		},
	}
}

// makeCSR finds a name in the vault and starts a new version under it. Two
// hostnames can meet in one name (a-b.com, a.b.com): the newcomer gets a hash.
func makeCSR(ctx context.Context, vault Vault, s *State) error {
	names := []string{s.CertificateName}
	if s.CertificateName == "" {
		names = candidateNames(s.Hostname)
	}
	var csr []byte
	err := ErrNameTaken
	for i := 0; i < len(names) && errors.Is(err, ErrNameTaken); i++ {
		s.CertificateName = names[i]
		csr, err = vault.PendingCSR(ctx, s.request())
	}
	if errors.Is(err, ErrNameTaken) {
		return &durable.Failure{Code: CodeVaultRefused, Err: err, Message: "The certificate names " + names[0] + " and " + names[len(names)-1] + " in Key Vault belong to other hostnames. Delete or rename the one that is not needed."}
	}
	if err != nil {
		return err
	}
	s.CSR = csr
	return nil
}

func candidateNames(host string) []string {
	return []string{hostname.CertificateName(host), hostname.Disambiguated(host)}
}

// takeCertificate downloads the chain and completes the vault's operation.
// Merging again finds the version of the first time.
func takeCertificate(ctx context.Context, orders Orders, vault Vault, now time.Time, s *State) (durable.Outcome, error) {
	chain, err := orders.Chain(ctx, s.Order.CertificateURL)
	if errors.Is(err, ErrGone) {
		return orderLost(s, "the certificate authority does not know the certificate")
	}
	if err != nil {
		return durable.Outcome{}, err
	}
	if err := checkChain(chain, s.CSR, s.Hostname, now); err != nil {
		if errors.Is(err, errForeignKey) {
			return orderLost(s, "it was finished with another key than the vault holds now")
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
	merged.Tags = nil // of no use to later steps
	s.Certificate = merged
	return durable.Done(), nil
}
