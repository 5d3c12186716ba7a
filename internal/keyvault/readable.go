package keyvault

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// SecretTrouble says why a secret cannot be read of the vault, as the end of "The
// secret …": "is not there", "is disabled"; "" if there is no such reason. version
// "" is the newest. It asks for the list of versions, which holds no values, and
// looks at plain secrets as well as at those of certificates.
func (v *Vault) SecretTrouble(ctx context.Context, name, version string) (string, error) {
	trouble, newest := "is not there", time.Time{}
	pager := v.secrets.NewListSecretPropertiesVersionsPager(name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if isStatus(err, http.StatusNotFound) {
			return trouble, nil
		}
		if err != nil {
			return "", v.failure("read", secretObject(name), err)
		}
		for _, item := range page.Value {
			if item == nil || item.ID == nil || item.Attributes == nil || item.Attributes.Created == nil {
				continue
			}
			if version != "" && !strings.EqualFold(item.ID.Version(), version) || item.Attributes.Created.Before(newest) {
				continue
			}
			newest, trouble = *item.Attributes.Created, ""
			if item.Attributes.Enabled != nil && !*item.Attributes.Enabled {
				trouble = "is disabled"
			}
		}
	}
	return trouble, nil
}
