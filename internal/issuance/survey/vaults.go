package survey

import (
	"context"
	"crypto/x509"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"certgate/internal/hostname"
	"certgate/internal/inventory"
	"certgate/internal/secretid"
)

// vaultReads bounds how many secrets are asked for side by side.
const vaultReads = 10

// answers are what the vaults said, by the secret's key: one question for each secret,
// however many listeners have it.
type answers struct {
	mu    sync.Mutex
	facts map[string]inventory.VaultFacts
}

// askVaults asks for the secret of each row that is not certgate's own; for an uploaded
// certificate it asks whether the vault has one of the same hostnames under the name
// that certgate and acmebot would give it.
func (p Ports) askVaults(ctx context.Context, due []*found) {
	got := answers{facts: map[string]inventory.VaultFacts{}}
	asked := map[string]bool{}
	group := errgroup.Group{}
	group.SetLimit(vaultReads)
	for _, f := range due {
		id, ok := secretid.Parse(p.questionOf(f))
		key := secretid.Key(id.Versionless())
		if !ok || asked[key] {
			continue
		}
		asked[key] = true
		group.Go(func() error {
			facts := p.ask(ctx, id, f)
			got.mu.Lock()
			defer got.mu.Unlock()
			got.facts[key] = facts
			return nil
		})
	}
	_ = group.Wait() // they answer with a Trouble in place of an error
	for _, f := range due {
		id, ok := secretid.Parse(p.questionOf(f))
		facts, answered := got.facts[secretid.Key(id.Versionless())]
		switch {
		case !ok || !answered:
		case f.row.ManagedCertificate != "": // its record says the rest
			f.row.Trouble, f.row.VersionSince, f.row.Tags = facts.Trouble, facts.Created.UTC(), facts.Tags
		case f.row.Source == inventory.SourceUploaded:
			succeed(f.row, id.Name, facts)
		default:
			f.row.Learn(facts, f.before)
		}
	}
}

func (p Ports) questionOf(f *found) string {
	switch {
	case f.row.ManagedCertificate != "" && !f.row.Adopted:
		return ""
	case f.row.Source == inventory.SourceUploaded && f.row.Kind == inventory.KindListener && len(f.row.Hostnames) > 0 && !strings.ContainsAny(f.row.Hostnames[0], "?"):
		return p.OwnVault + "/secrets/" + hostname.CertificateName(f.row.Hostnames[0])
	}
	return f.secret
}

// ask reads the facts, and the history where only that can say who renews it and it was
// not asked for since the newest version was made.
func (p Ports) ask(ctx context.Context, id secretid.ID, f *found) inventory.VaultFacts {
	facts, err := p.Vaults.Facts(ctx, id)
	if err != nil {
		p.Log.InfoContext(ctx, "a vault does not tell of a certificate", "secret", id.Versionless(), "error", err)
	}
	if f.row.Source == inventory.SourceUploaded || f.row.ManagedCertificate != "" || !facts.NeedsHistory() {
		return facts
	}
	if b := f.before; b != nil && b.Trouble == inventory.NoTrouble && b.VersionSince.Equal(facts.Created.UTC()) {
		facts.Known = &b.RenewedBy
		return facts
	}
	if facts.Versions, err = p.Vaults.Versions(ctx, id); err != nil {
		p.Log.InfoContext(ctx, "a vault does not list the versions of a certificate", "secret", id.Versionless(), "error", err)
	}
	return facts
}

// succeed notes that the vault has a certificate for the hostnames of an uploaded one.
func succeed(row *inventory.Stored, name string, facts inventory.VaultFacts) {
	leaf, err := x509.ParseCertificate(facts.Leaf)
	if err == nil && facts.Trouble == inventory.NoTrouble && inventory.CoversAll(leaf, row.Hostnames) {
		row.Successor, row.SuccessorName = leaf.NotAfter.UTC(), name
	}
}
