package dnsproviders

import (
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
)

// The codes of what a person must mend at a DNS provider. The flow that can end
// with one publishes it.
const (
	DNSZoneNotFound    = "DnsZoneNotFound"
	DNSAccessDenied    = "DnsAccessDenied"
	DNSProviderRefused = "DnsProviderRefused"
)

// conflictPause is how long to stay away from records that somebody else changes.
const conflictPause = 5 * time.Second

// Conflict says that others changed the records of a name between a look and the
// change. Nothing was written.
func Conflict(name string, err error) error {
	return &durable.RetryLater{After: conflictPause, Err: err,
		Reason: fmt.Sprintf("Somebody else is changing the DNS records of %s.", name)}
}

// ZoneNotFound says that the account has no such zone. service begins a sentence.
func ZoneNotFound(service, zone string, err error) error {
	return &durable.Failure{Code: DNSZoneNotFound, Err: err, Message: fmt.Sprintf(
		"%s has no zone %s that the configured account can see. Check the zone's name, that it was not moved or deleted, and that the credentials are of the account that holds it.", service, zone)}
}

// AccessDenied says that the credentials do not suffice; needs says what they must
// be allowed to do, as the rest of "The credentials need …".
func AccessDenied(service, zone, needs string, err error) error {
	at := ""
	if zone != "" {
		at = " for zone " + zone
	}
	return &durable.Failure{Code: DNSAccessDenied, Err: err, Message: fmt.Sprintf(
		"%s refuses the configured credentials%s. They must be valid and need %s.", service, at, needs)}
}

// Refused says that the provider does not accept a change, in its own words.
func Refused(service, name, sentence string, err error) error {
	return &durable.Failure{Code: DNSProviderRefused, Err: err, Message: fmt.Sprintf(
		"%s refuses to change the TXT records of %s: %s", service, name, sentence)}
}

// IsGone reports whether an error says that there is no such zone.
func IsGone(err error) bool {
	var failure *durable.Failure
	return errors.As(err, &failure) && failure.Code == DNSZoneNotFound
}
