package inventory

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// Row is what is known of one thing on the gateway that has a certificate. Its
// members are published.
type Row struct {
	Kind Kind `json:"kind"`
	// Gateway is its name in the settings; "" for the default one.
	Gateway    string   `json:"gateway,omitempty"`
	Name       string   `json:"name"`
	Collection string   `json:"collection"`
	Hostnames  []string `json:"hostnames"`
	Port       int      `json:"port,omitempty"`
	Frontend   string   `json:"frontend,omitempty"` // public or private; "" of what is no listener
	// Addresses are where clients reach it.
	Addresses  []netip.Addr `json:"addresses,omitempty"`
	Entry      string       `json:"entry,omitempty"`
	SharedWith []string     `json:"sharedWith,omitempty"`
	Source     Source       `json:"source"`
	SecretID   string       `json:"secretId,omitempty"` // versionless
	// Pinned is the version that the reference names; "" follows the newest.
	Pinned     string `json:"pinned,omitempty"`
	Vault      string `json:"vault,omitempty"`
	OtherVault bool   `json:"otherVault,omitempty"` // than that of the settings
	// Certificate is the newest one that its source has.
	Certificate *Certificate `json:"certificate"`
	Served      Served       `json:"served"`
	RenewedBy   RenewedBy    `json:"renewedBy"`
	State       State        `json:"state"`
	Reason      string       `json:"reason,omitempty"`
	Fix         string       `json:"fix,omitempty"`
	// ManagedCertificate is the name of certgate's own certificate on it.
	ManagedCertificate string    `json:"managedCertificate,omitempty"`
	CheckedAt          time.Time `json:"checkedAt"`
}

// Stored is a row with what the walks remember of it.
type Stored struct {
	Row
	// Alarm is the trouble that people were told of last.
	Alarm Alarm `json:"alarm,omitempty"`
	// Trouble is what the vault said of the secret.
	Trouble Trouble `json:"trouble,omitempty"`
	// VersionSince is when the newest version was made.
	VersionSince time.Time `json:"versionSince,omitzero"`
	NoRule       bool      `json:"noRule,omitempty"`
	NoIdentity   bool      `json:"noIdentity,omitempty"`
	// Successor is when the certificate of the same names ends that the vault has
	// beside an uploaded one, and its name there.
	Successor     time.Time `json:"successor,omitzero"`
	SuccessorName string    `json:"successorName,omitempty"`
	// Former is the secret that certgate had given the listener, which has its former
	// entry again.
	Former string `json:"former,omitempty"`
	// Adopted: certgate has taken the certificate over as it was.
	Adopted bool `json:"adopted,omitempty"`
	// Tags are those of the vault's certificate, while a look lasts.
	Tags map[string]string `json:"-"`
}

// Key tells rows apart.
func (r *Row) Key() string {
	key := Key(r.Kind, r.Collection, r.Name)
	if r.Gateway != "" {
		key = r.Gateway + "~" + key // no kind has that in its name
	}
	return key
}

// Key is that of the row of a thing; names on a gateway do not differ by case alone.
func Key(kind Kind, collection, name string) string {
	return strings.ToLower(string(kind) + "/" + collection + "/" + name)
}

// Certificate is what people want to know of one.
type Certificate struct {
	Subject    string    `json:"subject"`
	Names      []string  `json:"names"`
	Issuer     string    `json:"issuer"`
	Validation string    `json:"validation,omitempty"` // DV, OV or EV, if it says so
	KeyType    string    `json:"keyType"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Thumbprint string    `json:"thumbprint"`
}

// Served is what clients are shown. The zero value is no look.
type Served struct {
	State      ServedState `json:"state"`
	Thumbprint string      `json:"thumbprint,omitempty"`
	NotAfter   time.Time   `json:"notAfter,omitzero"`
	Chain      int         `json:"chain,omitempty"` // how many certificates, the leaf among them
	At         time.Time   `json:"at,omitzero"`
	// NotFor are hostnames that the served certificate is not for, Names those that
	// it is for.
	NotFor []string `json:"notFor,omitempty"`
	Names  []string `json:"names,omitempty"`
}

// ServedState compares it with the newest certificate of its source.
type ServedState string

const (
	ServedSame    ServedState = "same"
	ServedOlder   ServedState = "older"
	ServedOther   ServedState = "other"
	ServedNone    ServedState = "none" // the gateway knows no such listener: unrecognized_name
	ServedUnknown ServedState = "unknown"
)

// validations are the policies by which authorities mark how they validated (CA/Browser
// Forum, object registry).
var validations = map[string]string{"2.23.140.1.2.1": "DV", "2.23.140.1.2.2": "OV", "2.23.140.1.1": "EV"}

// Describe is the certificate for people.
func Describe(c *x509.Certificate) *Certificate {
	out := &Certificate{
		Subject: c.Subject.CommonName, Names: append([]string{}, c.DNSNames...), Issuer: managed.IssuerName(c), KeyType: managed.KeyTypeName(c),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Thumbprint: managed.SHA1Thumbprint(c.Raw),
	}
	if out.Subject == "" {
		out.Subject = c.Subject.String()
	}
	if out.Subject == "" && len(c.DNSNames) > 0 {
		out.Subject = c.DNSNames[0]
	}
	for _, policy := range c.PolicyIdentifiers {
		if v := validations[policy.String()]; v != "" {
			out.Validation = v
		}
	}
	return out
}

// NewRow is the row of what was found, without what vaults and TLS say. What can be
// learnt of an uploaded certificate is there.
func NewRow(f Found, identity bool, ownVault string) *Stored {
	r := &Stored{Row: Row{
		Kind: f.Kind, Name: f.Name, Collection: f.Collection, Hostnames: append([]string{}, f.Hostnames...), Port: f.Port,
		Entry: f.Entry, SharedWith: f.SharedWith, Source: SourceNone, Served: Served{State: ServedUnknown}, RenewedBy: RenewedBy{Who: Unknown},
	}, NoRule: f.NoRule}
	if r.authority() {
		r.RenewedBy = RenewedBy{Who: Nobody, Sure: true, Detail: "a person has to put a new one in its place"}
	}
	if f.Kind == KindListener {
		r.Frontend = "private"
		if f.Public {
			r.Frontend = "public"
		}
	}
	id, isSecret := secretid.Parse(f.SecretID)
	switch {
	case isSecret:
		r.Source, r.SecretID, r.Pinned, r.Vault = SourceKeyVault, id.Versionless(), id.Version, vaultName(id.Host)
		r.OtherVault, r.NoIdentity = !secretid.InVault(f.SecretID, ownVault), !identity
	case f.HSM:
		r.Source = SourceHSM
	case len(f.PublicData) > 0:
		r.Source = SourceUploaded
		var chain []*x509.Certificate
		for _, data := range f.PublicData {
			if some, err := ReadPublicData(data); err == nil {
				chain = append(chain, some...)
			}
		}
		if r.authority() { // whichever ends first ends it all
			for _, c := range chain {
				if r.Certificate == nil || c.NotAfter.Before(r.Certificate.NotAfter) {
					r.Certificate = Describe(c)
				}
			}
		} else if leaf := LeafOf(chain, f.Hostnames); leaf != nil {
			r.Certificate = Describe(leaf)
		}
	}
	return r
}

func vaultName(host string) string {
	name, _, _ := strings.Cut(host, ".")
	return strings.ToLower(name)
}

// String names the row in a sentence.
func (r *Row) String() string {
	switch r.Kind {
	case KindEntry:
		return "the certificate entry " + r.Name
	case KindClientCA:
		return "the CA certificate for clients " + r.Name
	case KindBackendCA:
		return "the CA certificate for backends " + r.Name
	}
	if len(r.Hostnames) > 0 {
		return strings.Join(r.Hostnames, ", ")
	}
	return fmt.Sprintf("the listener %s", r.Name)
}
