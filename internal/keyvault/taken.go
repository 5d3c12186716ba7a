package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"certgate/internal/issuance"
)

// taken finds out what a refusal with 409 means that is not about a pending
// operation. Certificates, secrets and keys share their names: a plain secret or
// key of the name, deleted softly or not, blocks it for good, and is a taken name
// like any other. What nobody has may pass.
func (v *Vault) taken(ctx context.Context, verb, name string, refused error) error {
	meant := v.failure(verb, certificateObject(name), refused)
	if r, ok := asRefusal(refused); !ok || r.passes() {
		return meant
	}
	if v.isDeletedCertificate(ctx, name) {
		return meant
	}
	if kind := v.occupant(ctx, name); kind != "" {
		return fmt.Errorf("certificate %s: the name is that of a %s: %w", name, kind, errors.Join(issuance.ErrNameTaken, refused))
	}
	return meant
}

// passes reports a conflict that ends by itself.
func (r *refusal) passes() bool {
	return r.inner == "ObjectIsBeingDeleted" || r.inner == "ObjectIsBeingRecovered" || r.inner == "ObjectIsBeingPurged"
}

func (v *Vault) isDeletedCertificate(ctx context.Context, name string) bool {
	_, err := v.certificates.GetDeletedCertificate(ctx, name, nil)
	return err == nil
}

// occupant is what else has the name: "secret", "key", or "" if nothing was
// found. The lists of versions are asked for, because they hold no values and
// show disabled ones too; what belongs to a certificate is marked in them. Who
// may not look sees nothing: the vault's words must do then.
func (v *Vault) occupant(ctx context.Context, name string) string {
	if page, err := v.secrets.NewListSecretPropertiesVersionsPager(name, nil).NextPage(ctx); err == nil {
		for _, item := range page.Value {
			if item != nil && (item.Managed == nil || !*item.Managed) {
				return "secret"
			}
		}
	}
	if page, err := v.keyObjects.NewListKeyPropertiesVersionsPager(name, nil).NextPage(ctx); err == nil {
		for _, item := range page.Value {
			if item != nil && (item.Managed == nil || !*item.Managed) {
				return "key"
			}
		}
	}
	if _, err := v.secrets.GetDeletedSecret(ctx, name, nil); err == nil {
		return "deleted secret"
	}
	if _, err := v.keyObjects.GetDeletedKey(ctx, name, nil); err == nil {
		return "deleted key"
	}
	return ""
}

// beside is what an import means that was refused with 409: an operation in
// progress passes, a taken name does not.
func (v *Vault) beside(ctx context.Context, name string, refused error) error {
	if !isStatus(refused, http.StatusConflict) || isPendingConflict(refused) {
		return v.failure("import", certificateObject(name), refused)
	}
	switch _, err := v.pending(ctx, name); {
	case err == nil:
		return v.operationPending(certificateObject(name), refused)
	case !errors.Is(err, issuance.ErrGone):
		return err
	}
	return v.taken(ctx, "import", name, refused)
}
