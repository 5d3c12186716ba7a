package inventory

import (
	"crypto/x509"
	"time"
)

// Trouble is why a secret cannot be read or is not what it seems. The words are stored.
type Trouble string

const (
	NoTrouble  Trouble = ""
	Disabled   Trouble = "disabled"
	Deleted    Trouble = "deleted" // and can be recovered
	Gone       Trouble = "gone"
	SecretOnly Trouble = "secretOnly"
	NoAccess   Trouble = "noAccess" // certgate may not look
	NoAnswer   Trouble = "noAnswer" // the vault did not answer; nothing is known
)

// VaultFacts are what a vault says of a certificate without its key.
type VaultFacts struct {
	Trouble  Trouble
	Leaf     []byte // DER, of the newest version; nil of a plain secret
	Created  time.Time
	NotAfter time.Time // by the vault, where there is no leaf
	Tags     map[string]string
	Issuer   string // of the policy
	Action   string // of the policy when the life ends: AutoRenew, EmailContacts, ""
	// Versions is the history, where it was asked for.
	Versions []Version
	// Known is what the history said before, if there is no version since.
	Known *RenewedBy
}

// Version is one of the history.
type Version struct{ Created, NotBefore, NotAfter time.Time }

// NeedsHistory: only its history can say who renews it.
func (v VaultFacts) NeedsHistory() bool {
	return v.Trouble == NoTrouble && v.renewedBy().Who == Nobody && v.Issuer != issuerSelf
}

// Learn puts what the vault says into the row. A vault that did not answer leaves what
// was known; old is the row of the walk before, nil for none.
func (r *Stored) Learn(v VaultFacts, old *Stored) {
	if v.Trouble == NoAnswer {
		if old != nil && old.SecretID == r.SecretID && old.Source == r.Source {
			r.Certificate, r.RenewedBy, r.Trouble, r.VersionSince, r.Source = old.Certificate, old.RenewedBy, old.Trouble, old.VersionSince, old.Source
			return
		}
		r.Trouble = NoAnswer
		return
	}
	r.Trouble, r.VersionSince, r.Tags = v.Trouble, v.Created.UTC(), v.Tags
	if v.Trouble == SecretOnly {
		r.Source = SourceSecretOnly
	}
	if leaf, err := x509.ParseCertificate(v.Leaf); err == nil {
		r.Certificate = Describe(leaf)
	} else if !v.NotAfter.IsZero() {
		r.Certificate = &Certificate{Names: []string{}, NotAfter: v.NotAfter.UTC()}
	}
	if !r.authority() && v.Trouble != NoAccess && v.Trouble != Gone && v.Trouble != Deleted {
		if r.RenewedBy = v.renewedBy(); v.Known != nil {
			r.RenewedBy = *v.Known
		}
	}
}
