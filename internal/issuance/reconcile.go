package issuance

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"certgate/internal/durable"
)

// ManagedVault is what renewal needs of the vault.
type ManagedVault interface {
	// Managed yields every certificate in the vault that carries our tags. An error
	// ends the listing.
	Managed(ctx context.Context) iter.Seq2[ManagedCertificate, error]
	// Certificate reads the newest version. ErrGone if there is none.
	Certificate(ctx context.Context, name string) (VaultCertificate, error)
	// Owns reports whether a certificate that was read carries our tags.
	Owns(c VaultCertificate) bool
}

// ManagedCertificate is what the vault's listing tells of a certificate. It has
// no leaf: that is one more call each.
type ManagedCertificate struct {
	Name       string
	Hostnames  []string
	Thumbprint string // SHA-1 of the leaf, upper-case hexadecimal
	Imported   bool
	Enabled    bool
}

// adoptAtMost bounds how many certificates one reconciliation reads; the next one
// goes on.
const adoptAtMost = 500

// Reconciled says what a reconciliation changed.
type Reconciled struct {
	Managed   int `json:"managed"`   // certificates in the vault that carry our tags
	Adopted   int `json:"adopted"`   // records made
	Corrected int `json:"corrected"` // records that were of another version
	Forgotten int `json:"forgotten"` // records whose certificate is gone
	Problems  int `json:"problems"`  // certificates that could not be dealt with; the log has the reasons
	// More says that the bound of one run was reached.
	More bool `json:"more,omitempty"`
}

// Reconcile holds the records against the vault's listing: a certificate of ours
// without a record gets one, a record of another version is corrected, a record
// without a certificate is forgotten. Certificates without our tags are nobody's
// business here. The vault lists 25 names a call, the records are listed 1,000 at
// a time; a certificate is read only if something about it is news.
func (r *Renewals) Reconcile(ctx context.Context, now time.Time) (Reconciled, error) {
	var done Reconciled
	known, err := r.known(ctx)
	if err != nil {
		return done, err
	}
	reads := 0
	for c, err := range r.vault.Managed(ctx) {
		if err != nil {
			return done, fmt.Errorf("list the certificates in the vault: %w", err)
		}
		done.Managed++
		thumbprint, recorded := known[key(c.Name)]
		delete(known, key(c.Name))
		// A disabled certificate without a record was retired: its key cannot be read.
		if recorded && thumbprint == c.Thumbprint || !c.Enabled {
			continue
		}
		if reads++; reads > adoptAtMost {
			done.More = true
			continue
		}
		switch changed, err := r.adopt(ctx, now, c, recorded); {
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
		gone, err := r.forget(ctx, name)
		if err != nil {
			done.Problems++
			r.log.ErrorContext(ctx, "record could not be compared with the vault", "certificate", name, "error", err)
		} else if gone {
			done.Forgotten++
		}
	}
	return done, nil
}

// known is the thumbprint of every record, by name.
func (r *Renewals) known(ctx context.Context) (map[string]string, error) {
	known := map[string]string{}
	for filter := (RecordFilter{Top: 1000}); ; {
		page, next, err := r.records.ListRecords(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("list the records: %w", err)
		}
		for _, record := range page {
			known[key(record.Name)] = record.Thumbprint
		}
		if next == "" {
			return known, nil
		}
		filter.Token = next
	}
}

// adopt reads a certificate and stores what it is. A record that somebody makes
// or changes at the same moment is the better one.
func (r *Renewals) adopt(ctx context.Context, now time.Time, c ManagedCertificate, recorded bool) (changed bool, err error) {
	found, err := r.vault.Certificate(ctx, c.Name)
	if errors.Is(err, ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	record := &Record{}
	if recorded {
		if record, err = r.records.Record(ctx, c.Name); err != nil {
			return false, err
		}
	}
	if record.Version == found.Version || record.Retired {
		return false, nil // an instance put it in place meanwhile, or nobody is to care
	}
	if err := record.take(found); err != nil {
		return false, err
	}
	record.Hostnames, record.Imported = c.Hostnames, c.Imported
	record.Served, record.ServedAt = ServedUnknown, time.Time{}
	plan := Schedule(now, record, Advice{}, 0)
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
// listing, once the vault has said about this very name that it is gone or that
// somebody took our tags off it: a listing may be older than the record.
func (r *Renewals) forget(ctx context.Context, name string) (bool, error) {
	found, err := r.vault.Certificate(ctx, name)
	if err == nil && r.vault.Owns(found) {
		return false, nil
	}
	if err != nil && !errors.Is(err, ErrGone) {
		return false, err
	}
	return true, r.records.DeleteRecord(ctx, name)
}
