package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/durable"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// Others reads what vaults say of certificates, metadata alone: its own vault, and any
// other that the gateway refers to. It never reads a secret's value.
type Others struct {
	own    *Vault
	config Config

	mu     sync.Mutex
	vaults map[string]*Vault // by host, lower case
}

// mostVaults bounds how many are remembered; a gateway's certificates come from a few.
const mostVaults = 100

// NewOthers makes it, with what the vault of the settings was made from. No I/O.
func NewOthers(own *Vault, c Config) *Others {
	return &Others{own: own, config: c, vaults: map[string]*Vault{}}
}

var errOtherCloud = errors.New("the host is no Key Vault of this cloud")

// vault is the client of a secret's vault. Whoever writes the gateway's document chooses
// the host, so it must be a vault of the same cloud: nobody else gets a token.
func (o *Others) vault(id secretid.ID) (*Vault, error) {
	host := strings.ToLower(id.Host)
	ownHost := strings.ToLower(strings.TrimPrefix(o.own.baseURL, "https://"))
	if host == strings.TrimSuffix(ownHost, ":443") {
		return o.own, nil
	}
	_, suffix, _ := strings.Cut(ownHost, ".")
	if name, domain, _ := strings.Cut(host, "."); !validName(name) || domain != suffix {
		return nil, fmt.Errorf("%s: %w", host, errOtherCloud)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if v := o.vaults[host]; v != nil {
		return v, nil
	}
	if len(o.vaults) >= mostVaults {
		clear(o.vaults)
	}
	config := o.config
	config.BaseURL = "https://" + host
	v, err := New(config)
	if err == nil {
		o.vaults[host] = v
	}
	return v, err
}

// Facts reads the newest version of a secret's certificate: one request, up to two more
// if there is none. What the vault refuses is a Trouble in the answer, and the error
// says why.
func (o *Others) Facts(ctx context.Context, id secretid.ID) (inventory.VaultFacts, error) {
	v, err := o.vault(id)
	if err != nil {
		return inventory.VaultFacts{Trouble: inventory.NoAccess}, err
	}
	facts, err := v.facts(ctx, id.Name)
	if err != nil {
		facts.Trouble = inventory.NoAnswer
		if failure := (*durable.Failure)(nil); errors.As(err, &failure) {
			facts.Trouble = inventory.NoAccess
		}
	}
	return facts, err
}

func (v *Vault) facts(ctx context.Context, name string) (out inventory.VaultFacts, err error) {
	if !validName(name) {
		return inventory.VaultFacts{Trouble: inventory.Gone}, nil
	}
	reply, err := v.certificates.GetCertificate(ctx, name, "", nil)
	switch {
	case isStatus(err, http.StatusNotFound):
		return v.missing(ctx, name)
	case err != nil:
		return out, v.failure("read", certificateObject(name), err)
	}
	out.Leaf, out.Tags = reply.CER, values(reply.Tags)
	if a := reply.Attributes; a != nil {
		if a.Enabled != nil && !*a.Enabled {
			out.Trouble = inventory.Disabled
		}
		if a.Created != nil {
			out.Created = *a.Created
		}
		if a.Expires != nil {
			out.NotAfter = *a.Expires
		}
	}
	if p := reply.Policy; p != nil {
		if p.IssuerParameters != nil && p.IssuerParameters.Name != nil {
			out.Issuer = *p.IssuerParameters.Name
		}
		out.Action = actionOf(p)
	}
	if len(out.Leaf) == 0 { // the first version is still being made
		out.Trouble = inventory.Gone
	}
	return out, nil
}

func actionOf(p *azcertificates.CertificatePolicy) (action string) {
	for _, a := range p.LifetimeActions {
		if a == nil || a.Action == nil || a.Action.ActionType == nil {
			continue
		}
		action = string(*a.Action.ActionType)
		if *a.Action.ActionType == azcertificates.CertificatePolicyActionAutoRenew {
			return action
		}
	}
	return action
}

// missing says why there is no certificate: it is deleted, it is a plain secret, or it is
// not there. Who may not see deleted ones hears that it is not there, which is as bad.
func (v *Vault) missing(ctx context.Context, name string) (out inventory.VaultFacts, err error) {
	if _, err := v.certificates.GetDeletedCertificate(ctx, name, nil); err == nil {
		return inventory.VaultFacts{Trouble: inventory.Deleted}, nil
	}
	out.Trouble = inventory.Gone
	pager := v.secrets.NewListSecretPropertiesVersionsPager(name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if isStatus(err, http.StatusNotFound) {
			return out, nil
		}
		if err != nil {
			return out, v.failure("read", secretObject(name), err)
		}
		for _, item := range page.Value {
			if item == nil || item.Attributes == nil || item.Attributes.Created == nil || item.Attributes.Created.Before(out.Created) {
				continue
			}
			out.Trouble, out.Created, out.NotAfter = inventory.SecretOnly, *item.Attributes.Created, time.Time{}
			if item.Attributes.Expires != nil {
				out.NotAfter = *item.Attributes.Expires
			}
			if item.Attributes.Enabled != nil && !*item.Attributes.Enabled {
				out.Trouble = inventory.Disabled
			}
		}
	}
	return out, nil
}

// mostVersions bounds the history that is read: one request for each 25.
const mostVersions = 100

// Versions is the history of a certificate, oldest first.
func (o *Others) Versions(ctx context.Context, id secretid.ID) (versions []inventory.Version, err error) {
	v, err := o.vault(id)
	if err != nil {
		return nil, err
	}
	if !validName(id.Name) {
		return nil, fmt.Errorf("certificate %q: %w", id.Name, issuance.ErrGone)
	}
	pager := v.certificates.NewListCertificatePropertiesVersionsPager(id.Name, nil)
	for pager.More() && len(versions) < mostVersions {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, v.failure("list the versions of", certificateObject(id.Name), err)
		}
		for _, item := range page.Value {
			if a := item.Attributes; a != nil && a.Created != nil && a.NotBefore != nil && a.Expires != nil {
				versions = append(versions, inventory.Version{Created: *a.Created, NotBefore: *a.NotBefore, NotAfter: *a.Expires})
			}
		}
	}
	slices.SortFunc(versions, func(a, b inventory.Version) int { return a.Created.Compare(b.Created) })
	return versions, nil
}
