package keyvault

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Merge implements issuance.Vault. If the key that the CA signed is no longer
// pending, the error is a *durable.Failure that wraps issuance.ErrGone: the
// chain is of no use, a new order with a new CSR is.
func (v *Vault) Merge(ctx context.Context, r issuance.CertificateRequest, chain [][]byte) (issuance.VaultCertificate, error) {
	if err := checkRequest(r); err != nil {
		return issuance.VaultCertificate{}, err
	}
	if len(chain) == 0 {
		return issuance.VaultCertificate{}, fmt.Errorf("merge certificate %s: empty chain", r.Name)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return issuance.VaultCertificate{}, fmt.Errorf("merge certificate %s: parse leaf: %w", r.Name, err)
	}

	current, err := v.current(ctx, r.Name)
	if err != nil && !errors.Is(err, issuance.ErrGone) {
		return issuance.VaultCertificate{}, err
	}
	if err == nil && bytes.Equal(current.Leaf, chain[0]) {
		return current, nil // merged by an earlier run
	}
	op, err := v.pending(ctx, r.Name)
	if errors.Is(err, issuance.ErrGone) {
		return v.mergedMeanwhile(ctx, r, chain[0], v.keyLost(r.Name, "no operation is pending"))
	}
	if err != nil {
		return issuance.VaultCertificate{}, err
	}
	if !op.merges || op.csr == nil || !sameKey(op.csr.PublicKey, leaf.PublicKey) {
		return issuance.VaultCertificate{}, v.keyLost(r.Name, "the pending operation has another key")
	}

	tags, leftOut := v.tagsFor(r, current.Tags, false)
	reply, err := v.certificates.MergeCertificate(ctx, r.Name, azcertificates.MergeCertificateParameters{X509Certificates: v.ordered(chain), Tags: tags}, nil)
	if err == nil {
		cert := v.describe(r.Name, reply.Certificate)
		cert.TagsLeftOut = leftOut
		return cert, nil
	}
	failure := v.failure("merge", certificateObject(r.Name), err)
	if isRefusal(err) {
		// The answer to a first try may have been lost: then the SDK's second try,
		// or a run on another machine, finds nothing pending any more.
		return v.mergedMeanwhile(ctx, r, chain[0], failure)
	}
	return issuance.VaultCertificate{}, failure
}

// mergedMeanwhile returns the current version if it has this leaf, otherwise
// the given error.
func (v *Vault) mergedMeanwhile(ctx context.Context, r issuance.CertificateRequest, leaf []byte, otherwise error) (issuance.VaultCertificate, error) {
	current, err := v.current(ctx, r.Name)
	if err == nil && bytes.Equal(current.Leaf, leaf) {
		return current, nil
	}
	return issuance.VaultCertificate{}, otherwise
}

func (v *Vault) keyLost(name, why string) error {
	return &durable.Failure{
		Code: issuance.CodeVaultRefused,
		Message: fmt.Sprintf("The key of the new certificate is no longer in Key Vault %s: %s for %s. "+
			"Somebody removed or replaced it while the certificate authority was signing. Request the certificate again.", v.name, why, name),
		Err: fmt.Errorf("merge certificate %s: %s: %w", name, why, issuance.ErrGone),
	}
}

// ordered is the chain as the setting wants it; the service finds the leaf by
// its public key.
func (v *Vault) ordered(chain [][]byte) [][]byte {
	if !v.rootFirst {
		return chain
	}
	reversed := slices.Clone(chain)
	slices.Reverse(reversed)
	return reversed
}

func sameKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

// isRefusal reports an answer of the service that says no for good.
func isRefusal(err error) bool {
	var reply *azcore.ResponseError
	return errors.As(err, &reply) && reply.StatusCode >= 400 && reply.StatusCode < 500
}
