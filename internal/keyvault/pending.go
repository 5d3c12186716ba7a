package keyvault

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// pendingLaps bounds how often PendingCSR looks again when others create and
// remove operations of the same name at the same time.
const pendingLaps = 3

// PendingCSR implements issuance.Vault. Where the name is known it looks for a
// pending operation first, so that a create whose answer had no CSR, or was lost,
// is not done again. Then it creates: the service answers 409 if an operation is
// pending, so two runs at once cannot make two keys, and the slower one adopts
// the CSR of the faster one.
func (v *Vault) PendingCSR(ctx context.Context, r issuance.CertificateRequest) ([]byte, error) {
	if err := checkRequest(r); err != nil {
		return nil, err
	}
	cert, known, err := v.ours(ctx, r)
	if err != nil {
		return nil, err
	}
	if known {
		if csr, err := v.adopt(ctx, r, cert.Leaf); csr != nil || err != nil {
			return csr, err
		}
	}
	for range pendingLaps {
		csr, refused := v.create(ctx, r, cert)
		if csr != nil {
			return csr, nil
		}
		if refused != nil && !isStatus(refused, http.StatusConflict) {
			return nil, v.failure("create", certificateObject(r.Name), refused)
		}
		// The operation says what the create did not.
		if csr, err := v.adopt(ctx, r, cert.Leaf); csr != nil || err != nil {
			return csr, err
		}
		if refused == nil {
			return nil, v.stillMaking(r.Name)
		}
		if !isPendingConflict(refused) {
			return nil, v.taken(ctx, "create", r.Name, refused)
		}
	}
	return nil, &durable.RetryLater{After: 15 * time.Second,
		Reason: fmt.Sprintf("The pending operation of certificate %s in Key Vault %s keeps changing.", r.Name, v.name)}
}

// Under implements issuance.Vault. It finds what a create would find, by looks alone.
func (v *Vault) Under(ctx context.Context, r issuance.CertificateRequest) (issuance.VaultCertificate, error) {
	if err := checkRequest(r); err != nil {
		return issuance.VaultCertificate{}, err
	}
	cert, known, err := v.ours(ctx, r)
	if err != nil || known {
		return cert, err
	}
	if v.isDeletedCertificate(ctx, r.Name) {
		return cert, v.softDeleted(certificateObject(r.Name), nil)
	}
	if kind := v.occupant(ctx, r.Name); kind != "" {
		return cert, fmt.Errorf("certificate %s: the name is that of a %s: %w", r.Name, kind, issuance.ErrNameTaken)
	}
	return issuance.VaultCertificate{Name: r.Name, SecretID: v.secretID(r.Name)}, nil
}

// DiscardPending implements issuance.Vault. The operation could be replaced
// between look and removal only by a run for the same name, and that run makes
// its CSR again.
func (v *Vault) DiscardPending(ctx context.Context, name string, hostnames []string) error {
	op, err := v.pending(ctx, name)
	if errors.Is(err, issuance.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if !op.merges || op.csr == nil || !sameHostnames(op.csr, hostnames) {
		return nil
	}
	return v.discard(ctx, name)
}

// ours reads the current version, if the name is known, and checks that r may
// follow it. A name without our tag is somebody else's whatever it holds, unless
// it holds nothing: a first operation that was removed leaves an empty, disabled
// certificate behind. Such a one of ours is used again, for any hostname: if it
// is still in the making, its operation says for whom.
func (v *Vault) ours(ctx context.Context, r issuance.CertificateRequest) (cert issuance.VaultCertificate, known bool, err error) {
	cert, err = v.current(ctx, r.Name)
	switch {
	case errors.Is(err, issuance.ErrGone):
		return issuance.VaultCertificate{}, false, nil
	case err != nil:
		return issuance.VaultCertificate{}, false, err
	case len(cert.Leaf) == 0 && (cert.Tags[TagHostname] == "" || isOurs(cert.Tags)):
		return cert, true, nil
	case !ownedBy(cert.Tags, r):
		return issuance.VaultCertificate{}, true, fmt.Errorf("certificate %s: %w", r.Name, issuance.ErrNameTaken)
	}
	return cert, true, nil
}

// create begins a new version. Without an error and without a CSR the service has
// begun and has not said with which.
func (v *Vault) create(ctx context.Context, r issuance.CertificateRequest, current issuance.VaultCertificate) ([]byte, error) {
	wanted, _ := v.tagsFor(r, current.Tags, false)
	p := azcertificates.CreateCertificateParameters{CertificatePolicy: v.issuePolicy(r, v.reuses(r, current.Leaf)), Tags: wanted}
	if v.rootFirst {
		p.PreserveCertOrder = to.Ptr(true)
	}
	reply, err := v.certificates.CreateCertificate(ctx, r.Name, p, nil)
	if err != nil {
		return nil, err
	}
	if len(reply.CSR) == 0 {
		return nil, nil
	}
	return reply.CSR, nil
}

// adopt returns the CSR of the pending operation if it fits r. Without one (nil,
// nil) the way is free for a new operation: the old one was finished meanwhile
// or did not fit and is removed now. One with the key of the version in force (leaf) fits if
// that is to be used again, and only then.
func (v *Vault) adopt(ctx context.Context, r issuance.CertificateRequest, leaf []byte) ([]byte, error) {
	op, err := v.pending(ctx, r.Name)
	switch {
	case errors.Is(err, issuance.ErrGone):
		return nil, nil
	case err != nil:
		return nil, err
	case !op.merges:
		// A CA integrated with the vault is at work for somebody.
		return nil, fmt.Errorf("certificate %s has a pending operation of another issuer: %w", r.Name, issuance.ErrNameTaken)
	case op.csr == nil:
		return nil, v.stillMaking(r.Name)
	case !sameHostnames(op.csr, r.Hostnames):
		return nil, fmt.Errorf("certificate %s has a pending operation for other hostnames: %w", r.Name, issuance.ErrNameTaken)
	case fits(op.csr, r.Hostnames, v.keysFor(r)) && !op.cancelled && hasKeyOf(op.csr, leaf) == v.reuses(r, leaf):
		return op.csr.Raw, nil
	}
	return nil, v.discard(ctx, r.Name)
}

// operation is a pending operation that has neither completed nor failed.
type operation struct {
	merges    bool // waits for us to merge, not for an issuer
	cancelled bool // somebody asked for its cancellation
	csr       *x509.CertificateRequest
}

// pending reads the operation of name. issuance.ErrGone if none is in progress:
// a completed one stays readable, and is not in the way.
func (v *Vault) pending(ctx context.Context, name string) (operation, error) {
	reply, err := v.certificates.GetCertificateOperation(ctx, name, nil)
	if isStatus(err, http.StatusNotFound) {
		return operation{}, fmt.Errorf("pending operation of certificate %s: %w", name, issuance.ErrGone)
	}
	if err != nil {
		return operation{}, v.failure("read the pending operation of", certificateObject(name), err)
	}
	// Documents and service disagree on the case of the status.
	if reply.Status == nil || !strings.EqualFold(*reply.Status, "inProgress") {
		return operation{}, fmt.Errorf("pending operation of certificate %s: %w", name, issuance.ErrGone)
	}
	op := operation{cancelled: reply.CancellationRequested != nil && *reply.CancellationRequested}
	// An operation without an issuer is one of the unknown issuer.
	issuer := reply.IssuerParameters
	op.merges = issuer == nil || issuer.Name == nil || strings.EqualFold(*issuer.Name, issuerUnknown)
	if len(reply.CSR) == 0 {
		return op, nil
	}
	if op.csr, err = x509.ParseCertificateRequest(reply.CSR); err != nil {
		return operation{}, fmt.Errorf("pending operation of certificate %s: parse CSR: %w", name, err)
	}
	return op, nil
}

func (v *Vault) discard(ctx context.Context, name string) error {
	_, err := v.certificates.DeleteCertificateOperation(ctx, name, nil)
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return v.failure("remove the pending operation of", certificateObject(name), err)
}

func (v *Vault) stillMaking(name string) error {
	return &durable.RetryLater{After: 5 * time.Second,
		Reason: fmt.Sprintf("Key Vault %s is still making the key of certificate %s.", v.name, name)}
}
