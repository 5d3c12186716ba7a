package renewal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// Vault is what renewal needs of the vault.
type Vault interface {
	// Managed yields every certificate in the vault that has the tag Hostname. An
	// error ends the listing.
	Managed(ctx context.Context) iter.Seq2[Certificate, error]
	// Certificate reads the newest version. issuance.ErrGone if there is none.
	Certificate(ctx context.Context, name string) (issuance.VaultCertificate, error)
	// Owns reports whether a certificate that was read carries both our tags.
	Owns(c issuance.VaultCertificate) bool
}

// Installations tells where certificates are installed; *gatewayview.View does.
type Installations interface {
	// Listeners returns the listeners of all gateways by the versionless id
	// of the secret that they refer to, in lower case.
	Listeners(ctx context.Context) (map[string][]managed.Place, error)
}

// Certificate is what the vault's listing tells of a certificate. It has
// no leaf: that is one more call each.
type Certificate struct {
	Name       string
	SecretID   string // versionless
	Hostnames  []string
	Thumbprint string // SHA-1 of the leaf, upper-case hexadecimal
	Imported   bool
	Enabled    bool
	// Marked certificates carry the tag ManagedBy too: they are certgate's beyond
	// doubt. Those of its predecessor, and of others, do not.
	Marked bool
}

// adoptAtMost bounds how many certificates one reconciliation reads; the next one
// goes on.
const adoptAtMost = 500

// longestIssued is longer than any certificate lives that the predecessor got
// from its authorities (90 days). It did not mark what people brought to it; a
// certificate that lives longer is taken for one of those, because renewing it
// would put another authority's in the place of one that somebody chose.
const longestIssued = 100 * 24 * time.Hour

// Reconciled says what a reconciliation changed.
type Reconciled struct {
	Managed   int `json:"managed"`   // certificates in the vault that are ours
	Adopted   int `json:"adopted"`   // records made
	Corrected int `json:"corrected"` // records that were of another version
	Forgotten int `json:"forgotten"` // records whose certificate is gone
	Problems  int `json:"problems"`  // certificates that could not be dealt with; the log has the reasons
	// More says that the bound of one run was reached.
	More bool `json:"more,omitempty"`
}

// Reconcile holds the records against the vault's listing and the gateway: a
// certificate of ours without a record gets one, a record of another version is
// corrected, a record without a certificate is forgotten. A certificate is ours
// if it carries both tags, or the tag Hostname while the gateway's listener of
// the published name refers to it, as the predecessor left its certificates. All
// others are left alone. The vault lists 25 names a call, the records
// are listed 1,000 at a time, the gateway is read once if at all; a certificate
// is read only if something about it is news.
func (r *Renewals) Reconcile(ctx context.Context, now time.Time) (Reconciled, error) {
	var done Reconciled
	installed := sync.OnceValues(func() (places, error) { return r.gateway.Listeners(ctx) })
	inUse := inUse(installed)
	known, err := r.known(ctx)
	if err != nil {
		return done, err
	}
	reads := 0
	for c, err := range r.vault.Managed(ctx) {
		if err != nil {
			return done, fmt.Errorf("list the certificates in the vault: %w", err)
		}
		if !c.Marked {
			ours, err := inUse(c.Name, c.SecretID)
			if err != nil { // nothing can be said about it, so nothing is forgotten either
				done.Problems++
				delete(known, strings.ToLower(c.Name))
				r.log.ErrorContext(ctx, "certificate could not be compared with the gateway", "certificate", c.Name, "error", err)
			}
			if !ours {
				continue
			}
		}
		done.Managed++
		thumbprint, recorded := known[strings.ToLower(c.Name)]
		delete(known, strings.ToLower(c.Name))
		if recorded && thumbprint == damagedRecord && !c.Enabled { // retired, so nothing is to be known of it
			if err := r.records.DeleteRecord(ctx, c.Name); err != nil {
				return done, fmt.Errorf("forget the damaged record of certificate %s: %w", c.Name, err)
			}
			done.Forgotten++
		}
		// A disabled certificate without a record was retired: its key cannot be read.
		if recorded && thumbprint == c.Thumbprint || !c.Enabled {
			continue
		}
		if reads++; reads > adoptAtMost {
			done.More = true
			continue
		}
		switch changed, err := r.adopt(ctx, now, c, recorded, installed); {
		case err != nil:
			done.Problems++
			r.log.ErrorContext(ctx, "certificate could not be taken over", "certificate", c.Name, "error", err)
		case !changed:
		case recorded:
			done.Corrected++
		default:
			done.Adopted++
		}
	}
	for name := range known {
		if reads++; reads > adoptAtMost {
			done.More = true
			break
		}
		gone, err := r.forget(ctx, name, inUse)
		if err != nil {
			done.Problems++
			r.log.ErrorContext(ctx, "record could not be compared with the vault", "certificate", name, "error", err)
		} else if gone {
			done.Forgotten++
		}
	}
	return done, nil
}

// damagedRecord is in the place of the thumbprint in a record that cannot be read.
const damagedRecord = "damaged"

// known is the thumbprint of every record, by name.
func (r *Renewals) known(ctx context.Context) (map[string]string, error) {
	known := map[string]string{}
	for filter := (managed.Filter{Top: 1000}); ; {
		page, next, err := r.records.ListRecords(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("list the records: %w", err)
		}
		for _, record := range page {
			known[strings.ToLower(record.Name)] = record.Thumbprint
			if record.Damaged {
				known[strings.ToLower(record.Name)] = damagedRecord
			}
		}
		if next == "" {
			return known, nil
		}
		filter.Token = next
	}
}

// adopt reads a certificate and stores what it is. A record that an instance makes
// or changes at the same moment is the better one.
func (r *Renewals) adopt(ctx context.Context, now time.Time, c Certificate, recorded bool, installed func() (places, error)) (changed bool, err error) {
	found, err := r.vault.Certificate(ctx, c.Name)
	if errors.Is(err, issuance.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	record := &managed.Record{}
	anew := !recorded
	if recorded {
		record, err = r.records.Record(ctx, c.Name)
		if durable.Unreadable(err) { // a new one takes its place
			record, anew, err = &managed.Record{}, true, nil
		}
		if err != nil {
			return false, err
		}
	}
	if record.Version == found.Version || record.Retired {
		return false, nil // an instance put it in place meanwhile, or it is retired
	}
	if err := record.Take(found.Name, found.Version, found.SecretID, found.Leaf); err != nil {
		return false, err
	}
	record.Hostnames, record.Options = c.AllHostnames(found.Leaf), issuance.OptionsOf(found.Tags[issuance.TagOptions])
	if anew { // the vault does not tell where it is
		all, err := installed()
		if err != nil {
			return false, fmt.Errorf("read the gateway's listeners: %w", err)
		}
		record.Gateways = all.gatewaysOf(found.SecretID)
	}
	record.Directory, record.Profile = found.Tags[issuance.TagDirectory], found.Tags[issuance.TagProfile]
	// The vault does not tell the account.
	record.Authority, record.Account = issuance.IssuerOf(r.issuers, issuance.Source{Directory: record.Directory, Profile: record.Profile}), ""
	record.Imported = c.Imported || !c.Marked && record.NotAfter.Sub(record.NotBefore) > longestIssued
	record.Served, record.ServedAt = managed.ServedUnknown, time.Time{}
	plan := managed.Schedule(now, record, managed.Advice{}, 0)
	record.RenewAt, record.NextCheck = plan.RenewAt, time.Time{}
	if !plan.NextCheck.IsZero() {
		record.NextCheck = now
	}
	err = r.records.SaveRecord(ctx, record)
	if errors.Is(err, durable.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// forget removes the record of a certificate that is not among ours in the
// listing, once the vault has said about this very name that it is gone, or that
// somebody took our tags off it: a listing may be older than the record. One that
// the gateway uses stays all the same, so that it does not expire in silence. That
// is how it looks when the settings lead to another vault: its renewal makes the
// next version there, or fails and says why.
func (r *Renewals) forget(ctx context.Context, name string, inUse usedBy) (bool, error) {
	found, err := r.vault.Certificate(ctx, name)
	if err == nil && r.vault.Owns(found) {
		return false, nil
	}
	if err != nil && !errors.Is(err, issuance.ErrGone) {
		return false, err
	}
	secretID := found.SecretID
	if err != nil { // gone: the record knows what the gateway was given
		record, err := r.records.Record(ctx, name)
		if errors.Is(err, durable.ErrNotFound) {
			return false, nil
		}
		if durable.Unreadable(err) {
			return true, r.records.DeleteRecord(ctx, name)
		}
		if err != nil {
			return false, err
		}
		secretID = record.SecretID
	}
	if used, err := inUse("", secretID); used || err != nil {
		return false, err
	}
	return true, r.records.DeleteRecord(ctx, name)
}

// usedBy reports whether a listener of the gateway refers to a certificate's secret: the
// one with the published name for the certificate, or any if the name is "".
type usedBy func(name, secretID string) (bool, error)

// places are the listeners of all gateways, as Installations has them.
type places map[string][]managed.Place

// gatewaysOf are those that serve what a secret has, as a record keeps them.
func (all places) gatewaysOf(secretID string) []string {
	var names []string
	for _, p := range all[secretid.Key(secretID)] {
		if name := cmp.Or(p.Gateway, issuance.DefaultGateway); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return managed.KeptGateways(names)
}

// inUse asks the gateways once, when it is first wanted.
func inUse(listeners func() (places, error)) usedBy {
	return func(name, secretID string) (bool, error) {
		all, err := listeners()
		if err != nil {
			return false, fmt.Errorf("read the gateway's listeners: %w", err)
		}
		return slices.ContainsFunc(all[secretid.Key(secretID)], func(p managed.Place) bool {
			return name == "" || strings.EqualFold(p.Listener, hostname.ListenerName(name))
		}), nil
	}
}
