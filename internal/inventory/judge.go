package inventory

import (
	"fmt"
	"strings"
	"time"

	"certgate/internal/issuance/managed"
)

const (
	// rotationTakes is how long a gateway may serve an older version: it reads vaults
	// every 4 hours, and one reading may fail.
	rotationTakes = 12 * time.Hour
	// lateBelow is the part of its life that is left when a certificate should have been
	// renewed: acmebot's turn is at 30 %, the vault's at 20 % by default.
	lateBelow = 0.20
)

// verdict is a state with its sentence and what to do.
type verdict struct {
	state       State
	reason, fix string
}

// Judge gives the row its state: the first that applies.
func (r *Stored) Judge(now time.Time) {
	v := r.verdict(now)
	r.State, r.Reason, r.Fix, r.CheckedAt = v.state, v.reason, v.fix, now.UTC()
}

func (r *Stored) verdict(now time.Time) verdict {
	rules := []func(time.Time) (verdict, bool){r.expired, r.dead, r.wrongName, r.reverted, r.contested, r.blocked}
	if r.ManagedCertificate != "" { // the watchdog judges it, but for what keeps a renewal away
		rules = rules[4:]
	}
	for _, rule := range rules {
		if v, ok := rule(now); ok {
			return v
		}
	}
	if r.ManagedCertificate != "" {
		return verdict{state: IsManaged, reason: fmt.Sprintf("GET /api/certificates/%s says how it fares.", r.ManagedCertificate)}
	}
	if r.Kind == KindEntry {
		return verdict{Watched, "No listener uses it. It counts for the gateway's limit of 100 certificates, and if its secret goes, the gateway takes no change any more.", "Remove it from the gateway if nobody needs it."}
	}
	if r.authority() && r.Certificate != nil {
		return verdict{Watched, fmt.Sprintf("Nothing renews it by itself; it expires on %s.", managed.Day(r.Certificate.NotAfter)), ""}
	}
	switch {
	case r.Trouble == NoAccess && r.OtherVault:
		return verdict{NotKnown, fmt.Sprintf("certgate may not read the Key Vault %s, so who renews it is not known.", r.Vault), fmt.Sprintf("Give the app's identity the role Key Vault Reader on %s.", r.Vault)}
	case r.Trouble == NoAccess:
		return verdict{NotKnown, fmt.Sprintf("certgate may not read certificates in the Key Vault %s.", r.Vault), "GET /api/preflight says which role is missing."}
	case r.Trouble == NoAnswer:
		return verdict{NotKnown, fmt.Sprintf("The Key Vault %s did not answer; the next walk asks again.", r.Vault), ""}
	case r.Source == SourceHSM:
		return verdict{NotKnown, "Its key is in a managed HSM, which certgate does not look into.", ""}
	case r.Ends().IsZero():
		return verdict{NotKnown, "When it expires could not be learnt: neither the gateway's document nor TLS shows it.", ""}
	}
	return r.manager(now)
}

// Ends is when what clients get expires; zero if that is not known.
func (r *Row) Ends() time.Time {
	if !r.Served.NotAfter.IsZero() {
		return r.Served.NotAfter
	}
	if r.Certificate != nil {
		return r.Certificate.NotAfter
	}
	return time.Time{}
}

func (r *Stored) expired(now time.Time) (v verdict, ok bool) {
	end := r.Ends()
	if end.IsZero() || now.Before(end) || r.Kind == KindEntry {
		return v, false
	}
	v = verdict{Expired, fmt.Sprintf("Clients refuse the certificate of %s since %s.", r, managed.Day(end)), r.newOne()}
	switch {
	case r.Kind == KindClientCA:
		v.reason = fmt.Sprintf("Clients with certificates of %s are locked out since %s.", r, managed.Day(end))
	case r.Kind == KindBackendCA:
		v.reason = fmt.Sprintf("The gateway may refuse backends: %s expired on %s.", r, managed.Day(end))
	case r.Source == SourceKeyVault && r.Certificate != nil && now.Before(r.Certificate.NotAfter) && r.Pinned != "":
		v.fix = r.unpin()
	case r.Source == SourceKeyVault && r.Certificate != nil && now.Before(r.Certificate.NotAfter):
		v.fix = "Key Vault has a newer version that the gateway does not read: " + r.letRead()
	}
	return v, true
}

func (r *Stored) dead(time.Time) (v verdict, ok bool) {
	v.state = Dead
	unread := fmt.Sprintf("The gateway cannot read the secret %s; clients get no certificate.", r.SecretID)
	if r.Kind == KindEntry {
		unread = fmt.Sprintf("The gateway cannot read the secret %s, and takes no change because of it, though no listener uses %s.", r.SecretID, r.Entry)
	}
	switch {
	case r.SecretID != "" && r.NoIdentity:
		v.reason, v.fix = unread, "Give the gateway a user-assigned identity with the role Key Vault Secrets User on the vault."
	case r.Trouble == Disabled:
		v.reason, v.fix = unread+" It is disabled.", "Enable its version in Key Vault."
	case r.Trouble == Deleted:
		v.reason, v.fix = unread+" It is deleted.", fmt.Sprintf("Recover it in the Key Vault %s, or give the listener another certificate and remove the entry %s.", r.Vault, r.Entry)
	case r.Trouble == Gone:
		v.reason, v.fix = unread+" It is not there.", fmt.Sprintf("Give the listener another certificate and remove the entry %s.", r.Entry)
	case r.Served.State == ServedNone && r.NoRule:
		v.reason, v.fix = "No rule leads from the listener, so clients get no certificate.", "Give the listener a request routing rule, or remove it."
	case r.Served.State == ServedNone:
		v.reason, v.fix = fmt.Sprintf("The gateway answers that it knows no such hostname; clients of %s get no certificate.", r), r.letRead()
	default:
		return v, false
	}
	if r.Kind == KindEntry && r.Trouble != Disabled {
		v.fix = fmt.Sprintf("Remove the entry %s from the gateway.", r.Entry)
	}
	return v, true
}

func (r *Stored) wrongName(time.Time) (v verdict, ok bool) {
	if len(r.Served.NotFor) == 0 {
		return v, false
	}
	return verdict{WrongName,
		fmt.Sprintf("The gateway answers for %s with a certificate for %s.", strings.Join(r.Served.NotFor, ", "), strings.Join(r.Served.Names, ", ")),
		fmt.Sprintf("Give the listener %s a certificate for its hostnames; or another listener is before it in the order of the rules.", r.Name)}, true
}

// blocked: a renewal will not reach the gateway, or has not.
func (r *Stored) blocked(now time.Time) (v verdict, ok bool) {
	if r.Kind != KindListener {
		return v, false
	}
	v.state = Blocked
	switch {
	case r.Pinned != "":
		v.reason, v.fix = fmt.Sprintf("A renewal will not reach the gateway: the reference of %s names the version %s.", r.Entry, r.Pinned), r.unpin()
	case r.Source == SourceUploaded && r.Certificate != nil && r.Successor.After(r.Certificate.NotAfter):
		v.reason = fmt.Sprintf("It was uploaded, and Key Vault has a newer certificate for the same hostnames, %s, which ends on %s: no renewal reaches the gateway.", r.SuccessorName, managed.Day(r.Successor))
		v.fix = fmt.Sprintf("Refer to the secret %s in place of the uploaded certificate, or ask certgate for the hostname.", r.SuccessorName)
	case r.Served.State == ServedOlder && r.ManagedCertificate == "" && now.Sub(r.VersionSince) > rotationTakes:
		v.reason = fmt.Sprintf("Key Vault has a newer version since %s, and the gateway serves an older one, which ends on %s.", managed.Day(r.VersionSince), managed.Day(r.Served.NotAfter))
		v.fix = "The gateway cannot read it: " + r.letRead()
	default:
		return v, false
	}
	return v, true
}

// authority reports whether it is the certificate of an authority.
func (r *Row) authority() bool { return r.Kind == KindClientCA || r.Kind == KindBackendCA }

// manager judges by who renews it and how much of its life is left.
func (r *Stored) manager(now time.Time) verdict {
	end := r.Ends()
	if r.Source == SourceUploaded {
		r.RenewedBy = RenewedBy{Who: Nobody, Detail: "an uploaded certificate"}
		return verdict{Unattended, fmt.Sprintf("It was uploaded, and nobody is known to renew it; it expires on %s.", managed.Day(end)), r.newOne()}
	}
	if r.RenewedBy.Who == Nobody || r.RenewedBy.Who == Unknown {
		return verdict{Unattended, fmt.Sprintf("Nobody is known to renew it; it expires on %s.", managed.Day(end)), r.newOne()}
	}
	if c := r.Certificate; c != nil && !c.NotBefore.IsZero() {
		life := c.NotAfter.Sub(c.NotBefore)
		due := c.NotAfter.Add(-time.Duration(lateBelow * float64(life)))
		if !now.Before(due) {
			return verdict{Late, fmt.Sprintf("%s should have renewed it by %s; it expires on %s.", capital(r.RenewedBy.Name()), managed.Day(due), managed.Day(c.NotAfter)),
				"Look at why it was not renewed; or ask certgate for the hostname."}
		}
	}
	reason := fmt.Sprintf("%s renews it", capital(r.RenewedBy.Name()))
	if !r.RenewedBy.Since.IsZero() {
		reason += ", last on " + r.RenewedBy.Since.Format(time.DateOnly)
	}
	return verdict{state: Elsewhere, reason: reason + "."}
}

func (r *Stored) newOne() string {
	switch {
	case r.authority():
		return "Upload its successor to the gateway beside it, then remove it."
	case len(r.Hostnames) == 0:
		return "Give the listener another certificate."
	}
	return "Ask certgate for the hostname, or give the listener another certificate."
}

func (r *Stored) unpin() string {
	return fmt.Sprintf("Set the reference of the certificate entry %s to %s, without a version.", r.Entry, r.SecretID)
}

func (r *Stored) letRead() string {
	return fmt.Sprintf("give the gateway's identity the role Key Vault Secrets User on %s, and let the gateway's subnet through the vault's firewall.", vaultOr(r.Vault))
}

func vaultOr(vault string) string {
	if vault == "" {
		return "the vault"
	}
	return "the Key Vault " + vault
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
