package issuance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"certgate/internal/hostname"
	"certgate/internal/issuance/managed"
)

// Input is the published input of an instance, as in the request.
type Input struct {
	Hostnames []InputHostname `json:"hostnames"`
	// TakeOver takes listeners whose certificate another manager renews.
	TakeOver bool `json:"takeOver,omitempty"`
	// Options hold for each certificate.
	Options managed.Options `json:"options,omitzero"`
	// Gateways are as in AddInput.
	Gateways []string `json:"gateways,omitempty"`
}

// InputHostname is one wanted hostname, as an A-label.
type InputHostname struct {
	Hostname string `json:"hostname"`
	// Gateway serves this hostname, in place of those of the request.
	Gateway string `json:"gateway,omitempty"`
}

// GatewaysFor are the gateways that are to serve a hostname, as states keep them.
func (in Input) GatewaysFor(h InputHostname) []string {
	if h.Gateway != "" {
		return managed.KeptGateways([]string{h.Gateway})
	}
	return managed.KeptGateways(in.Gateways)
}

// InputHostnames are A-labels as an input has them.
func InputHostnames(names []string) []InputHostname {
	list := make([]InputHostname, 0, len(names))
	for _, name := range names {
		list = append(list, InputHostname{Hostname: name})
	}
	return list
}

// State is what one certificate remembers between its steps. It is stored in the
// row: no keys, no tokens of ours.
type State struct {
	Hostname string `json:"hostname"`
	// Names are all hostnames, Hostname the first; empty if there is no other.
	Names []string `json:"names,omitempty"`
	// Ways are those of hostnames with a wish, or for which something was chosen.
	Ways       []Way        `json:"ways,omitempty"`
	GatewayIPs []netip.Addr `json:"gatewayIps,omitempty"`
	// Options are what is wanted beside the hostnames. NewKey: they cannot have the key
	// again, because the version in force is revoked.
	Options managed.Options `json:"options,omitzero"`
	NewKey  bool            `json:"newKey,omitempty"`
	// Gateways are those that are to serve it, by their names in the settings; none is
	// DefaultGateway. AddressesOf are those of each, if there are several: GatewayIPs are
	// all of them.
	Gateways    []string                `json:"gateways,omitempty"`
	AddressesOf map[string][]netip.Addr `json:"addressesOf,omitempty"`
	// NewOn are those of them that do not serve it yet, and Leaves others that are not to
	// serve it any more, of a renewal that moves it. Moves says that nothing else changes:
	// then the version in force will do.
	NewOn  []string `json:"newOn,omitempty"`
	Leaves []string `json:"leaves,omitempty"`
	Left   int      `json:"left,omitempty"` // how many of Leaves it is off
	Moves  bool     `json:"moves,omitempty"`

	// Planned is the listener that the order is to lead to.
	Planned Listener `json:"planned,omitzero"`

	// Issuer is who the certificate is ordered from, as stored writes it; Account is the
	// URL of the account that placed the order, if it is known.
	Issuer  string `json:"issuer,omitempty"`
	Account string `json:"account,omitempty"`
	// Tried are the issuers that could not, before the one in use.
	Tried []Tried `json:"tried,omitempty"`
	// GoOverFrom is when a renewal may go over to another issuer; zero for at once.
	GoOverFrom time.Time `json:"goOverFrom,omitzero"`

	// Source is where the order was placed, or where the certificate that is installed
	// in place of an order is from.
	Source Source      `json:"source,omitzero"`
	Order  Order       `json:"order,omitzero"`
	Orders int         `json:"orders,omitempty"` // orders placed so far; bounds restarts
	Proofs []Ownership `json:"proofs,omitempty"`
	// SettledAt is when TXT records that were seen may be taken for seen by all.
	SettledAt time.Time `json:"settledAt,omitzero"`
	Looks     int       `json:"looks,omitempty"` // at the validation file, in vain
	// PathMade says that the way to the validation files was just made.
	PathMade bool `json:"pathMade,omitempty"`
	Paths    int  `json:"paths,omitempty"` // how many of the gateways are known to have that way

	// Renewal says that the certificate stands already under CertificateName;
	// Replaces is the CertID of the version in force.
	Renewal  bool   `json:"renewal,omitempty"`
	Replaces string `json:"replaces,omitempty"`
	// KeyType is the kind of key that a certificate keeps which was taken over.
	KeyType string `json:"keyType,omitempty"`
	// Predecessor is where the version in force is from.
	Predecessor Origin `json:"predecessor,omitzero"`
	// Added are hostnames that the version in force does not have.
	Added []string `json:"added,omitempty"`
	// Exact says that the certificate loses hostnames that are not among those here.
	Exact bool `json:"exact,omitempty"`
	// Imported says that somebody uploaded the certificate: it is never renewed.
	Imported bool `json:"imported,omitempty"`
	// ImportedVersion is the version in the vault that the upload became.
	ImportedVersion string `json:"importedVersion,omitempty"`
	// TakeOver allows to take a listener whose certificate another manager renews. Former
	// is what listeners had that were there before; a renewal knows it from the record.
	TakeOver bool             `json:"takeOver,omitempty"`
	Former   []managed.Former `json:"former,omitempty"`
	PutBack  int              `json:"putBack,omitempty"` // how many of Former have their certificate again
	// Warnings are sentences for the output.
	Warnings []string `json:"warnings,omitempty"`

	CertificateName string           `json:"certificateName,omitempty"`
	CSR             []byte           `json:"csr,omitempty"`
	Certificate     VaultCertificate `json:"certificate,omitzero"`
	Configured      int              `json:"configured,omitempty"`  // how many of the gateways were asked for the listener
	Refused         []Refusal        `json:"refused,omitempty"`     // by those of several that cannot have it
	Refreshed       bool             `json:"refreshed,omitempty"`   // a gateway was asked once to read the vault again
	RefreshedOn     []string         `json:"refreshedOn,omitempty"` // which of several
	Lifetime        time.Duration    `json:"lifetime,omitempty"`    // of the version before, from the same source
	Verified        int              `json:"verified,omitempty"`    // how many of the hostnames are known to be served
	Unseen          bool             `json:"unseen,omitempty"`      // of some a gateway could not be reached
}

// Origin is where a certificate is from: the issuer as stored writes it, and the URL
// of the account there, if it is known.
type Origin struct {
	Issuer  string `json:"issuer,omitempty"`
	Account string `json:"account,omitempty"`
}

func begin(input json.RawMessage) (State, error) {
	var in AddInput
	if err := json.Unmarshal(input, &in); err != nil {
		return State{}, fmt.Errorf("decode input: %w", err)
	}
	if len(in.Hostnames) == 0 {
		return State{}, errors.New("the input names no hostname")
	}
	s := State{TakeOver: in.TakeOver, Options: in.Options, Gateways: managed.KeptGateways(in.Gateways)}
	s.want(in.Hostnames)
	for _, name := range s.names() {
		s.warn(hostname.Warning(hostname.Name(name)))
	}
	return s, nil
}

// warn puts a sentence into the output, once; "" is none.
func (s *State) warn(sentence string) {
	if sentence != "" && !slices.Contains(s.Warnings, sentence) {
		s.Warnings = append(s.Warnings, sentence)
	}
}

// request is what the vault is asked for.
func (s *State) request() CertificateRequest {
	return CertificateRequest{Name: s.CertificateName, Hostnames: s.names(), Source: s.Source, KeyType: s.KeyType, Exact: s.Exact, Options: s.Options, NewKey: s.NewKey}
}
