package issuance

import (
	"context"
	"time"
)

// ChallengeDNS puts the TXT records of dns-01 (RFC 8555 section 8.4) into the zones of
// the configured DNS accounts. Nothing is remembered between two calls. Errors are as
// those of the other ports.
type ChallengeDNS interface {
	Places
	// Write adds values, all that a name needs in one change, and leaves those of others
	// alone. Writing again is fine. The receipt is for Look and Remove.
	Write(ctx context.Context, at Place, values []string) (receipt string, err error)
	// Look asks the name servers. The values were written at least waited ago.
	Look(ctx context.Context, at Place, values []string, receipt string, waited time.Duration) (Sight, error)
	// Remove takes these values away and no others; values that are gone are fine. The
	// receipt may be empty.
	Remove(ctx context.Context, at Place, values []string, receipt string) error
}

// Places finds where TXT records of dns-01 go.
type Places interface {
	// Place finds where the record that proves a hostname goes: at _acme-challenge
	// below it (a wildcard's base), or where CNAME records lead from there. account is
	// the only one to look at; "" looks at all. A *durable.Failure says why the record
	// would not be seen, or would do harm.
	Place(ctx context.Context, hostname, account string) (Place, error)
}

// Place is where TXT records of dns-01 go.
type Place struct {
	Record  string `json:"record"`  // name of the record set
	Account string `json:"account"` // as the settings call it
	Zone    string `json:"zone"`    // its name
	ZoneID  string `json:"zoneId,omitempty"`
}

// Sight is how far TXT records have come.
type Sight struct {
	There bool   // on every name server that must show them
	Says  string // a sentence, where they are not there
	// Settle is how long to wait after that: an anycast network shows one of its many
	// sides, and an authority looks from several places.
	Settle time.Duration
	// Limit is how long they may take.
	Limit time.Duration
}
