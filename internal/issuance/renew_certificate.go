package issuance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// FlowRenewCertificate is the renewal of one certificate. Published.
const FlowRenewCertificate = "RenewCertificateFunctions"

// stoppedPause is until a renewal is due again that a person stopped.
const stoppedPause = 12 * time.Hour

// RenewInput is the published input of a renewal.
type RenewInput struct {
	Hostnames   []Wanted `json:"hostnames"`
	Certificate string   `json:"certificate"`          // name in the vault
	Replaces    string   `json:"replaces,omitempty"`   // CertID of the version in force
	Predecessor Origin   `json:"predecessor,omitzero"` // where the version in force is from
	// RemovesHostnames: those that the version in force has beyond Hostnames go.
	RemovesHostnames bool   `json:"removesHostnames,omitempty"`
	Reason           string `json:"reason,omitempty"` // why now: a sentence
	// Added are those of Hostnames that the version in force does not have. TakeOver takes
	// their listeners though another manager renews what these have.
	Added    []string `json:"added,omitempty"`
	TakeOver bool     `json:"takeOver,omitempty"`
	// Former is what its listeners had before certgate's certificate.
	Former []managed.Former `json:"former,omitempty"`
	// Gateways are those that serve it, as in AddInput.
	Gateways []string `json:"gateways,omitempty"`
	// NewOn are those of them that do not serve it yet; Leaves are others, which are not to
	// serve it any more. Moves says that nothing else is to change.
	NewOn  []string `json:"newOn,omitempty"`
	Leaves []string `json:"leaves,omitempty"`
	Moves  bool     `json:"moves,omitempty"`
	// KeyType is the kind of key that it keeps; "" for that of the settings. Options stand
	// over it; with NewKey the key is not used again, whatever they say.
	KeyType string          `json:"keyType,omitempty"`
	Options managed.Options `json:"options,omitzero"`
	NewKey  bool            `json:"newKey,omitempty"`
	// GoOverFrom is when it may go over to another issuer; zero for at once.
	GoOverFrom time.Time `json:"goOverFrom,omitzero"`
	// Failed is how many renewals in a row failed before this one; 0 also if the
	// watchdog has raised the alarm by now, for then it tells people of the end.
	Failed int `json:"failed,omitempty"`
}

// RenewCertificate issues the next version of a certificate and has the gateway
// serve it: the steps of AddCertificate, told what is replaced. The version in
// force is not touched before its successor is in the vault, and stays in service
// if that fails.
func RenewCertificate(p Ports) durable.Definition {
	return durable.Flow[State]{
		Name:     FlowRenewCertificate,
		Title:    "Renew",
		Steps:    append(issueSteps(p), leaveGateways(p.Gateways, p.Records)),
		CleanUp:  append(issueCleanUp(p), noteFailedRenewal(p.Records)),
		Begin:    beginRenewal,
		Subject:  (*State).subject,
		Finished: "Certbot function successfully completed.",
		Output:   output,
	}.Define()
}

// Renewal is the start of a certificate's renewal. It shares its claim with every
// other flow for its first hostname: one that installs a certificate of all its hostnames
// is joined.
func Renewal(r *managed.Record, reason, requestedBy string) (durable.Start, error) {
	if len(r.Hostnames) == 0 {
		return durable.Start{}, fmt.Errorf("renew certificate %s: its record names no hostname", r.Name)
	}
	start, err := Change(r, AddInput{Hostnames: WantedOf(r), Options: r.Options}, false, reason)
	start.RequestedBy, start.Joins = requestedBy, installsAll(r.Hostnames)
	return start, err
}

// Change is the start of what gives a certificate other hostnames, options or gateways, or
// proves them otherwise: its next version has them, and replaces it as a renewal does; where
// only the gateways change, the version in force is used if it will do. What is wanted begins
// with the hostname that the certificate is named after. removes says that hostnames that
// are not wanted may go. Only the same change is joined.
func Change(r *managed.Record, wanted AddInput, removes bool, reason string) (durable.Start, error) {
	in := RenewInput{Hostnames: wanted.Hostnames, TakeOver: wanted.TakeOver, RemovesHostnames: removes, Certificate: r.Name, Replaces: r.CertID, Predecessor: Origin{r.Authority, r.Account}, Reason: reason, Options: wanted.Options, NewKey: wanted.Options.ReuseKey && r.Revoked, GoOverFrom: goOverFrom(r), Former: r.Former, Gateways: r.Gateways}
	if len(wanted.Gateways) > 0 {
		in.Gateways = managed.KeptGateways(wanted.Gateways)
		has, wants := managed.GatewaysOf(r.Gateways), managed.GatewaysOf(wanted.Gateways)
		in.NewOn, in.Leaves = without(wants, has), without(has, wants)
		in.Moves = len(in.NewOn)+len(in.Leaves) > 0 && !r.NotInstalled && r.Options == wanted.Options && slices.Equal(WantedOf(r), wanted.Hostnames)
	}
	for _, w := range wanted.Hostnames {
		if !slices.Contains(r.Hostnames, w.Hostname) {
			in.Added = append(in.Added, w.Hostname)
		}
	}
	if r.Foreign() {
		in.Replaces = ""
	}
	if r.Adopted != nil {
		in.KeyType = r.Adopted.KeyType
	}
	if r.Alarm == "" {
		in.Failed = r.Failures
	}
	input, err := json.Marshal(in)
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of a renewal: %w", err)
	}
	return durable.Start{Flow: FlowRenewCertificate, Claim: Claim(r.Hostnames[0]), Input: input}, nil
}

func beginRenewal(input json.RawMessage) (State, error) {
	var in RenewInput
	if err := json.Unmarshal(input, &in); err != nil {
		return State{}, fmt.Errorf("decode input: %w", err)
	}
	if len(in.Hostnames) == 0 || in.Certificate == "" {
		return State{}, fmt.Errorf("want a hostname and a certificate, got %d and %q", len(in.Hostnames), in.Certificate)
	}
	s := State{CertificateName: in.Certificate, Replaces: in.Replaces, Predecessor: in.Predecessor, GoOverFrom: in.GoOverFrom, Former: in.Former, KeyType: in.KeyType, Options: in.Options, NewKey: in.NewKey, Renewal: true, Exact: in.RemovesHostnames, Added: in.Added, TakeOver: in.TakeOver, Gateways: in.Gateways, NewOn: in.NewOn, Leaves: in.Leaves, Moves: in.Moves}
	s.want(in.Hostnames)
	return s, nil
}

// noteFailedRenewal counts a failed renewal and plans the next one. If the new
// version is in the vault already, what failed is serving it: ordering another
// one would not help and would soon meet the authority's limits (Let's Encrypt: 5
// of the same hostnames a week), so the record follows the vault and the watchdog
// looks after the rest. A renewal that a person stopped is no failure; it is due
// again half a day later.
func noteFailedRenewal(records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:  "NoteFailedRenewalStep",
		Says:  "Planning the next renewal of {hostname}.",
		Title: "Plan the next try",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			return durable.Done(), managed.Change(ctx, records, s.CertificateName, func(r *managed.Record) bool {
				if t.Ending == nil || r.LastInstance == t.Instance {
					return false // noted by an earlier run
				}
				r.LastInstance = t.Instance
				c := s.Certificate
				moved := s.Moves && s.Orders == 0 // the version in force stays where it is
				issued := !moved && c.Version != "" && r.Take(c.Name, c.Version, c.SecretID, c.Leaf) == nil
				if issued {
					r.Hostnames, r.Validation, r.Options = s.names(), s.wishes(), s.Options
					r.ServeOn(s.Gateways)
					r.Authority, r.Account = s.Issuer, s.Account
					r.Directory, r.Profile, r.NotInstalled = s.Source.Directory, s.Source.Profile, true
				}
				stopped := t.Ending.Status == durable.Terminated
				if !stopped {
					r.Problem = &managed.Failure{Code: t.Ending.Code, Message: t.Ending.Message, At: t.Now}
				}
				switch {
				case moved:
				case issued:
					r.Served, r.ServedAt = managed.ServedUnknown, time.Time{}
					r.RenewAt, r.NextCheck = managed.Schedule(t.Now, r, managed.Advice{}, 0).RenewAt, t.Now
				case stopped:
					r.NextCheck = t.Now.Add(stoppedPause)
				default:
					r.Failures++
					r.NextCheck = managed.RetryAt(t.Now, r)
				}
				return true
			})
		},
	}
}
