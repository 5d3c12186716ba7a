package issuance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Occupants tells what is on the listeners that hostnames have already.
type Occupants interface {
	// Occupants reads the gateway, and the vaults of what it finds, and lists the public
	// HTTPS listeners of these hostnames whose certificate is not certgate's for them.
	Occupants(ctx context.Context, hostnames []string) ([]Occupant, error)
}

// Occupant is a listener with another's certificate.
type Occupant struct {
	managed.Former
	Hostname string
	// Manager is the name, for sentences, of the tool that renews the certificate in
	// time; "" if none does. Since is when it did last.
	Manager string
	Since   time.Time
}

// HasManager says why a hostname is not taken over unasked.
func (o Occupant) HasManager() (detail, fix string) {
	since := ""
	if !o.Since.IsZero() {
		since = ", last on " + managed.Day(o.Since)
	}
	return fmt.Sprintf("%s renews the certificate of %s on the listener %s%s. Beside it certgate would make a second one, and both would go on.", o.Manager, o.Hostname, o.Listener, since),
		`Leave it there; or ask again with "takeOver": true to have certgate's certificate in its place.`
}

// Replaced is the published part of a Former in the output.
type Replaced struct {
	Listener  string `json:"listener"`
	Gateway   string `json:"gateway,omitempty"` // none for the default one
	Entry     string `json:"entry"`
	SecretID  string `json:"secretId,omitempty"`
	RenewedBy string `json:"renewedBy"`
}

// occupied looks at the listeners that the hostnames have already. One whose certificate
// another manager renews in time is taken over only if that was asked for; all others
// are taken as they are, and what they have is remembered.
//
// A renewal that finds a listener of its hostnames back on the former certificate is in
// the hands of a template, which would put it back each time: certgate does not fight.
func (s *State) occupied(ctx context.Context, gateways Gateways) (note string, err error) {
	if s.Renewal && len(s.Former) == 0 && len(s.Added) == 0 && len(s.NewOn) == 0 {
		return "", nil
	}
	var found []Occupant
	for _, name := range s.gateways() {
		gateway, err := gateways.Named(name)
		if err != nil {
			return "", err
		}
		if gateway.Occupants == nil {
			continue
		}
		there, err := gateway.Occupants.Occupants(ctx, s.names())
		if err != nil {
			return "", on(name, s.gateways(), err)
		}
		for _, o := range there {
			o.Gateway = managed.KeptGateway(name)
			found = append(found, o)
		}
	}
	var notes []string
	for _, o := range found {
		switch {
		case s.Renewal && s.cameBack(o):
			return "", &durable.Failure{Code: CodeListenerReverted, Message: fmt.Sprintf(
				"The listener %s has its former certificate entry %s again. A template owns this gateway: put certgate's secret into it, or give the listener back. No certificate is ordered for a listener that does not take it.", o.Listener, o.Entry)}
		case s.Renewal && !slices.Contains(s.Added, o.Hostname) && !slices.Contains(s.NewOn, cmp.Or(o.Gateway, DefaultGateway)):
		case o.Manager != "" && !s.TakeOver:
			detail, fix := o.HasManager()
			return "", &durable.Failure{Code: CodeListenerHasManager, Message: detail + " " + fix}
		default:
			s.Former = append(s.Former, o.Former)
			notes = append(notes, fmt.Sprintf("The certificate %s of the listener %s is replaced.", o.Entry, o.Listener))
		}
	}
	return strings.Join(notes, " "), nil
}

func (s *State) cameBack(o Occupant) bool {
	for _, f := range s.Former {
		if f.Gateway == o.Gateway && strings.EqualFold(f.Listener, o.Listener) && strings.EqualFold(f.Entry, o.Entry) {
			return true
		}
	}
	return false
}

func (s *State) replaced() (list []Replaced) {
	if s.Renewal {
		return nil
	}
	for _, f := range s.Former {
		list = append(list, Replaced{f.Listener, f.Gateway, f.Entry, f.SecretID, f.RenewedBy})
	}
	return list
}
