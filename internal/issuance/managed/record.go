// Package managed is what certgate knows of the certificates that it looks after: one
// record each, how a certificate fares by it, and when it is to be renewed. It does no
// I/O but for the port Records; flows, rounds and adapters import it.
package managed

import (
	"context"
	"time"
)

// Records is what certgate remembers of the certificates that it manages, beside
// what the vault and the gateway say. It makes lists and schedules cheap: the
// vault lists 25 names a call and without facts.
type Records interface {
	// Record reads one. durable.ErrNotFound if there is none, *durable.UnreadableError if
	// its row is damaged.
	Record(ctx context.Context, name string) (*Record, error)
	// SaveRecord inserts r (ETag "") or replaces it if r.ETag is still its
	// version, and sets the new ETag. durable.ErrConflict otherwise. A new one takes
	// the place of one that cannot be read. One request.
	SaveRecord(ctx context.Context, r *Record) error
	// DueRecords lists the names of records whose NextCheck is before the given
	// time, the longest due first. Its cost follows the number found.
	DueRecords(ctx context.Context, before time.Time, limit int) ([]string, error)
	// ListRecords returns a page in the order of f.Sort and the token of the next
	// page ("" at the end). A search looks at a bounded number of records for each
	// page, so a page may have fewer than f.Top of them, or none, and a token all
	// the same. Records listed by expiry have no ETag: read one before saving it.
	// durable.ErrBadToken for a token of another service, or of another order.
	ListRecords(ctx context.Context, f Filter) (page []*Record, next string, err error)
	// DeleteRecord forgets one; a missing one is fine.
	DeleteRecord(ctx context.Context, name string) error
}

// Filter selects and orders records.
type Filter struct {
	Search string // part of the name or of a hostname, in any case; "" for all
	Sort   string // "name" (default) or "expiry"
	Top    int    // 1..1000; 0 means 100
	Token  string
}

// Record is one managed certificate.
type Record struct {
	Name      string   `json:"name"` // in the vault, where names never differ by case alone
	Hostnames []string `json:"hostnames"`
	// Validation says how hostnames are to be proved, by hostname; one that is not in
	// it is proved as the settings say.
	Validation map[string]Validation `json:"validation,omitempty"`
	// Options are what is wanted of it and of the versions to come.
	Options Options `json:"options,omitzero"`
	// Gateways are those that serve it, by their names in the settings; none is the default
	// one alone.
	Gateways   []string  `json:"gateways,omitempty"`
	Version    string    `json:"version"`
	SecretID   string    `json:"secretId"` // versionless
	Thumbprint string    `json:"thumbprint"`
	Before     string    `json:"before,omitempty"` // the thumbprint of the version before, if it is known
	Issuer     string    `json:"issuer"`
	KeyType    string    `json:"keyType"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	CertID     string    `json:"certId,omitempty"` // ARI (RFC 9773 section 4.1)
	// Authority is the name of the issuer that it was ordered from, "" for the default
	// one; Account is the URL of the account there, "" if it is not known.
	Authority string `json:"authority,omitempty"`
	Account   string `json:"account,omitempty"`
	Imported  bool   `json:"imported,omitempty"`
	// Retired certificates are off the gateway and are not renewed.
	Retired bool `json:"retired,omitempty"`
	Revoked bool `json:"revoked,omitempty"`
	// NotInstalled: it was issued, and the flow that was to install it ended before the
	// gateway was seen to serve it. Problem has the reason, if it failed.
	NotInstalled bool `json:"notInstalled,omitempty"`
	// Directory and Profile are where it was ordered, as in the vault's tags; "" if that
	// is not known.
	Directory string `json:"directory,omitempty"`
	Profile   string `json:"profile,omitempty"`

	Window *Window `json:"window,omitempty"`
	// RenewAt is when renewal is due: drawn once for a window and kept.
	RenewAt time.Time `json:"renewAt,omitzero"`
	// NextCheck is when the scheduler looks at this record again.
	NextCheck time.Time `json:"nextCheck,omitzero"`
	// Failures counts renewals that failed in a row; Problem is the last one.
	Failures int      `json:"failures,omitempty"`
	Problem  *Failure `json:"problem,omitempty"`

	Served Served `json:"served,omitempty"`
	// ServedAt is when that was seen; of a retired certificate, when it was off the
	// gateway. What is remembered of the gateway from before is out of date.
	ServedAt time.Time `json:"servedAt,omitzero"`
	// Alarm is what the watchdog has told people of this certificate and what is
	// not over yet; "" for nothing.
	Alarm Standing `json:"alarm,omitempty"`
	// Former is what its listeners had before.
	Former []Former `json:"former,omitempty"`
	// Undelivered are the targets beside the gateway that did not serve the newest version
	// in time; people have been told.
	Undelivered []string `json:"undelivered,omitempty"`
	// Adopted is what it was itself, if it was taken over as it is.
	Adopted *Adoption `json:"adopted,omitempty"`
	// LastInstance is the last one that issued, imported or tried to renew it.
	LastInstance string `json:"lastInstance,omitempty"`

	ETag string `json:"-"`
	// Damaged: the row cannot be read. Lists show it, with its name and what else is
	// known; Record gives a *durable.UnreadableError.
	Damaged bool `json:"-"`
}

// Validation is a wish for one hostname; an empty member is none.
type Validation struct {
	Method  string `json:"method,omitempty"` // http-01 or dns-01
	Account string `json:"dnsAccount,omitempty"`
}

// Window is what the CA suggests (RFC 9773 section 4.2).
type Window struct {
	Start          time.Time `json:"start"`
	End            time.Time `json:"end"`
	ExplanationURL string    `json:"explanationUrl,omitempty"`
}

// Failure is a failed attempt as people read it.
type Failure struct {
	Code    string    `json:"code"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}
