package takeover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// How a listener is taken over. The words are published.
type How string

const (
	Either  How = ""      // adopted if that is possible, else ordered
	Adopt   How = "adopt" // the certificate stays; certgate renews it
	Order   How = "order" // certgate orders one of its own and gives it to the listener
	Refused How = "refused"
)

// Verdict is what a take-over would do with one listener. Its members are published.
type Verdict struct {
	Listener  string   `json:"listener"`
	Hostnames []string `json:"hostnames"`
	Verdict   How      `json:"verdict"`
	Code      string   `json:"code,omitempty"` // why it is refused
	Message   string   `json:"message,omitempty"`
	Changes   []string `json:"changes,omitempty"`
	Loses     []string `json:"loses,omitempty"`
	Before    Before   `json:"before"`
	// StartsAt is when its order is planned; none for at once.
	StartsAt time.Time `json:"startsAt,omitzero"`
}

// Before is what the listener has now.
type Before struct {
	Entry     string        `json:"entry,omitempty"`
	SecretID  string        `json:"secretId,omitempty"`
	Pinned    string        `json:"pinned,omitempty"`
	RenewedBy inventory.Who `json:"renewedBy"`
	NotAfter  time.Time     `json:"notAfter,omitzero"`
}

// Wish is what was asked for.
type Wish struct {
	How How `json:"how,omitempty"`
	// AcceptDomainValidated takes one that an organization was validated for.
	AcceptDomainValidated bool `json:"acceptDomainValidated,omitempty"`
}

// refusal is a code with its sentence; the zero value is none.
type refusal struct{ code, why string }

func refuse(code, sentence string, args ...any) refusal {
	return refusal{code, fmt.Sprintf(sentence, args...)}
}

// Judge says what would become of a listener.
func (p Ports) Judge(r *inventory.Stored, ingress bool, w Wish) Verdict {
	v := Verdict{Listener: r.Name, Hostnames: r.Hostnames, Before: Before{Entry: r.Entry, SecretID: r.SecretID, Pinned: r.Pinned, RenewedBy: r.RenewedBy.Who, NotAfter: r.Ends()}}
	no := p.never(r, w)
	possible := no.code == ""
	if possible && w.How != Order {
		if no = p.notAdopted(r); no.code == "" {
			v.Verdict = Adopt
			v.adopts(r)
			return v
		}
	}
	if possible && w.How != Adopt {
		if no = p.notOrdered(r, ingress); no.code == "" {
			v.Verdict = Order
			v.orders(r)
			return v
		}
	}
	v.Verdict, v.Code, v.Message = Refused, no.code, no.why
	if r.State == inventory.Elsewhere {
		v.Message += " " + r.Reason
	}
	return v
}

// never is what keeps certgate from a listener, however it would be taken over.
func (p Ports) never(r *inventory.Stored, w Wish) refusal {
	switch c := r.Certificate; {
	case r.ManagedCertificate != "" && r.State != inventory.Contested:
		return refuse(issuance.CodeTakeOverManaged, "certgate renews it already, as %s.", r.ManagedCertificate)
	case r.Collection != "httpListeners":
		return refuse(issuance.CodeTakeOverTLSProxy, "It is a listener below HTTP: no proof of its hostnames can be served there.")
	case len(r.Hostnames) == 0:
		return refuse(issuance.CodeTakeOverNoHostname, "It has no hostname, so it is not known what its certificate has to be for.")
	case r.Frontend != "public":
		return refuse(issuance.CodeTakeOverPrivate, "It is on a private address, which no authority and no look over TLS reaches.")
	case r.Port != cmp.Or(p.HTTPSPort, 443):
		return refuse(issuance.CodeTakeOverPort, "It is on port %d; certgate looks after port %d.", r.Port, cmp.Or(p.HTTPSPort, 443))
	case c != nil && (c.Validation == "OV" || c.Validation == "EV") && !w.AcceptDomainValidated:
		return refuse(issuance.CodeTakeOverValidation, "Its certificate was validated for an organization (%s); certgate's are validated for the domain alone. Send \"acceptDomainValidated\": true if that will do.", c.Validation)
	}
	return refusal{}
}

// notAdopted is what keeps a certificate from being renewed as it is.
func (p Ports) notAdopted(r *inventory.Stored) refusal {
	c := r.Certificate
	switch {
	case r.Source == inventory.SourceUploaded:
		return refuse(issuance.CodeTakeOverUploaded, "It was uploaded to the gateway, and no renewal reaches it there. Have one ordered: \"how\": \"order\".")
	case r.Source == inventory.SourceSecretOnly:
		return refuse(issuance.CodeTakeOverSecretOnly, "Its secret is no certificate in Key Vault, so there is nothing to renew. Have one ordered: \"how\": \"order\".")
	case r.Source != inventory.SourceKeyVault:
		return refuse(issuance.CodeTakeOverHsm, "Its certificate is in no Key Vault that certgate reads. Have one ordered: \"how\": \"order\".")
	case r.OtherVault:
		return refuse(issuance.CodeTakeOverOtherVault, "Its certificate is in the Key Vault %s; certgate writes into its own alone. Have one ordered: \"how\": \"order\".", r.Vault)
	case r.RenewedBy.Who == inventory.KeyVault:
		return refuse(issuance.CodeTakeOverIntegratedIssuer, "Key Vault renews it by itself and would go on. Set its lifetime action to EmailContacts first, or have one ordered.")
	case r.Trouble != inventory.NoTrouble || c == nil || c.Thumbprint == "":
		return refuse(issuance.CodeTakeOverNotServed, "Its certificate cannot be used: %s", cmp.Or(r.Reason, "Key Vault does not show it."))
	case r.Served.State != inventory.ServedSame && !(r.Pinned != "" && r.Served.State == inventory.ServedOlder):
		return refuse(issuance.CodeTakeOverNotServed, "TLS does not show that the gateway serves this certificate, so it cannot be proved that a take-over changes nothing (served: %s).", r.Served.State)
	}
	names := namesOf(c)
	for _, host := range r.Hostnames {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) }) {
			return refuse(issuance.CodeTakeOverSeveralNames, "The certificate is for %s, the listener for %s: a renewal could not have both. Have one ordered: \"how\": \"order\".", strings.Join(names, ", "), strings.Join(r.Hostnames, ", "))
		}
	}
	return p.provable(names)
}

func (p Ports) notOrdered(r *inventory.Stored, ingress bool) refusal {
	if ingress {
		return refuse(issuance.CodeTakeOverTemplateOwned, "The ingress controller owns this gateway and would put the former certificate back. Adopt it, or change the ingress.")
	}
	return p.provable(r.Hostnames)
}

func (p Ports) provable(hostnames []string) refusal {
	if p.Provable != nil {
		code, why := p.Provable(hostnames)
		return refusal{code, why}
	}
	return refusal{}
}

// namesOf are the hostnames of a certificate.
func namesOf(c *inventory.Certificate) []string {
	if len(c.Names) == 0 {
		return []string{strings.ToLower(c.Subject)}
	}
	names := make([]string, 0, len(c.Names))
	for _, name := range c.Names {
		names = append(names, strings.ToLower(name))
	}
	return names
}

func (v *Verdict) adopts(r *inventory.Stored) {
	id, _ := secretid.Parse(r.SecretID)
	if foreign := inventory.ManagerTags(r.Tags); len(foreign) > 0 {
		v.Changes = append(v.Changes, fmt.Sprintf("The tags %s are taken off the vault certificate %s, so that nobody else renews it.", strings.Join(foreign, ", "), id.Name))
	}
	v.Changes = append(v.Changes, fmt.Sprintf("The vault certificate %s gets the tags Hostname and ManagedBy; certgate renews it, about %s.", id.Name, managed.Day(renewedAbout(r.Certificate))))
	if r.Pinned != "" {
		v.Changes = append(v.Changes, fmt.Sprintf("The gateway's certificate entry %s follows the newest version in place of %s: one write.", r.Entry, r.Pinned))
	}
	if len(r.SharedWith) > 0 {
		v.Changes = append(v.Changes, "The listeners "+strings.Join(r.SharedWith, ", ")+" have the same certificate.")
	}
	v.Loses = append(v.Loses, "Each renewal makes a new key, whatever the policy in the vault said.")
}

func (v *Verdict) orders(r *inventory.Stored) {
	v.Changes = append(v.Changes,
		fmt.Sprintf("A certificate for %s is ordered; it counts against the authority's limits.", strings.Join(r.Hostnames, ", ")),
		fmt.Sprintf("The listener %s gets it; the entry %s stays on the gateway.", r.Name, r.Entry))
	if r.RenewedBy.Who == inventory.Acmebot || r.RenewedBy.Who == inventory.KeyVault {
		v.Loses = append(v.Loses, r.Manager()+" goes on renewing the former certificate.")
	}
}

// renewedAbout is when two thirds of its life are over.
func renewedAbout(c *inventory.Certificate) time.Time {
	if c.NotBefore.IsZero() {
		return c.NotAfter
	}
	return c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 3)
}
