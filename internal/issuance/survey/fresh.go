package survey

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// found is a row in the making.
type found struct {
	row      *inventory.Stored
	before   *inventory.Stored // of the walk before; nil for none
	publicIP string
	secret   string // as the document has it
}

// recordPage is how many records one request reads, the service's limit.
const recordPage = 1000

// fresh are the rows as the gateway's document and certgate's records have them.
func (p Ports) fresh(ctx context.Context, gateways map[string]inventory.Gateway) (all []*found, err error) {
	records, err := p.records(ctx)
	if err != nil {
		return nil, err
	}
	former := formerOf(records)
	for name, gateway := range gateways {
		for _, f := range gateway.Found {
			row := inventory.NewRow(f, gateway.Identity, p.OwnVault)
			row.Gateway = name
			if r := records[secretid.Key(f.SecretID)]; r != nil && f.SecretID != "" && f.Kind == inventory.KindListener {
				own(row, r)
			} else if f.Kind == inventory.KindListener {
				row.Former = former[formerKey(name, f.Name, f.Entry)]
			}
			all = append(all, &found{row: row, publicIP: f.PublicIP, secret: f.SecretID})
		}
	}
	byKey(all)
	return all, nil
}

// records are those of certificates that certgate looks after, by their secret.
func (p Ports) records(ctx context.Context) (map[string]*managed.Record, error) {
	bySecret := map[string]*managed.Record{}
	filter := managed.Filter{Sort: "name", Top: recordPage}
	for {
		page, next, err := p.Records.ListRecords(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("list records: %w", err)
		}
		for _, r := range page {
			if !r.Retired && !r.Damaged {
				bySecret[secretid.Key(r.SecretID)] = r
			}
		}
		if filter.Token = next; next == "" {
			return bySecret, nil
		}
	}
}

// formerOf is the secret that certgate had given a listener, by the listener and the entry
// that it had before.
func formerOf(records map[string]*managed.Record) map[string]string {
	former := map[string]string{}
	for _, r := range records {
		for _, f := range r.Former {
			former[formerKey(f.Gateway, f.Listener, f.Entry)] = r.SecretID
		}
	}
	return former
}

func formerKey(gateway, listener, entry string) string {
	return strings.ToLower(gateway + "|" + listener + "|" + entry)
}

var servedAs = map[managed.Served]inventory.ServedState{
	managed.ServedCurrent: inventory.ServedSame, managed.ServedPrevious: inventory.ServedOlder,
	managed.ServedOther: inventory.ServedOther, managed.ServedNone: inventory.ServedNone,
}

// own fills the row of a certificate of certgate's from its record: no vault is asked
// and nobody looks, because the watchdog does.
func own(row *inventory.Stored, r *managed.Record) {
	row.ManagedCertificate = r.Name
	row.Certificate = &inventory.Certificate{
		Names: r.Hostnames, Issuer: r.Issuer, KeyType: r.KeyType, NotBefore: r.NotBefore, NotAfter: r.NotAfter, Thumbprint: r.Thumbprint,
	}
	if len(r.Hostnames) > 0 {
		row.Certificate.Subject = r.Hostnames[0]
	}
	row.RenewedBy = inventory.Managed(r.Imported, r.NotBefore)
	row.Adopted = r.Adopted != nil
	row.Served = inventory.Served{State: cmp.Or(servedAs[r.Served], inventory.ServedUnknown), At: r.ServedAt}
	if r.Served == managed.ServedCurrent {
		row.Served.Thumbprint, row.Served.NotAfter = r.Thumbprint, r.NotAfter
	}
}
