package keyvault

import (
	"context"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/internal/issuance"
)

// Secret is one JSON document in the vault: the ACME account with its key.
type Secret struct {
	vault *Vault
	name  string
}

// Secret names a secret of the vault. It does no I/O.
func (v *Vault) Secret(name string) (*Secret, error) {
	if !validName(name) {
		return nil, fmt.Errorf("secret name %q is not 1 to 127 letters, digits and hyphens", name)
	}
	return &Secret{vault: v, name: name}, nil
}

// Load reads the newest version. issuance.ErrGone if there is none.
func (s *Secret) Load(ctx context.Context) ([]byte, error) {
	reply, err := s.vault.secrets.GetSecret(ctx, s.name, "", nil)
	if isStatus(err, http.StatusNotFound) {
		return nil, fmt.Errorf("secret %s: %w", s.name, issuance.ErrGone)
	}
	if err != nil {
		return nil, s.vault.failure("read", secretObject(s.name), err)
	}
	if reply.Value == nil || *reply.Value == "" {
		return nil, fmt.Errorf("secret %s is empty: %w", s.name, issuance.ErrGone)
	}
	return []byte(*reply.Value), nil
}

// Save stores a JSON document of at most 25 kB (the service's limit) as a new
// version; storing the same document again makes no version.
//
// The service has no conditional write: of two savers the later wins, and
// versions are all that remains of the other. Callers hold a lock and Load
// under it before they Save. Neither tags nor content type are inherited by a
// new version, so both are written every time.
func (s *Secret) Save(ctx context.Context, document []byte) error {
	value := string(document)
	var others map[string]string
	current, err := s.vault.secrets.GetSecret(ctx, s.name, "", nil)
	switch {
	case isStatus(err, http.StatusNotFound):
	case err != nil:
		return s.vault.failure("read", secretObject(s.name), err)
	case current.Value != nil && *current.Value == value:
		return nil
	default:
		others = values(current.Tags)
	}
	// At most one of somebody's fifteen tags gets no room; there is nobody to tell.
	tags, _ := withRoom(map[string]string{TagManagedBy: managedBy}, others)
	_, err = s.vault.secrets.SetSecret(ctx, s.name, azsecrets.SetSecretParameters{
		Value:       &value,
		ContentType: to.Ptr("application/json"),
		Tags:        tags,
	}, nil)
	return s.vault.failure("write", secretObject(s.name), err)
}
