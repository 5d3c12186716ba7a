package issuance

import (
	"errors"
	"fmt"
	"slices"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// DefaultGateway is the gateway of the settings that begin with ApplicationGateway.
// States and records leave its name out where it is the only one, as they did when there
// was no other.
const DefaultGateway = managed.DefaultGateway

// AppGateway is an Application Gateway with its one writer.
type AppGateway struct {
	Name string
	Gateway
	Lane
	Listeners
	Pointer
	// Path is nil if the gateway's port 80 is not certgate's to manage.
	Path ChallengePath
	// Occupants is nil if listeners are taken without a look at what they have.
	Occupants Occupants
}

// Gateways are the Application Gateways of the settings.
type Gateways []AppGateway

// Names are those of all.
func (g Gateways) Names() (names []string) {
	for _, one := range g {
		names = append(names, one.Name)
	}
	return names
}

// Named is one of them, "" the default one; the *durable.Failure of NoGateway if there is
// none.
func (g Gateways) Named(name string) (AppGateway, error) {
	if name == "" {
		name = DefaultGateway
	}
	i := slices.IndexFunc(g, func(one AppGateway) bool { return one.Name == name })
	if i < 0 {
		return AppGateway{}, NoGateway(name)
	}
	return g[i], nil
}

// NoGateway is the error of a gateway that the settings do not have.
func NoGateway(name string) error {
	return &durable.Failure{Code: CodeGatewayUnknown, Message: fmt.Sprintf("The settings have no gateway %q (any more). Put its settings (Gateway__%s__…) back, or ask again with other gateways.", name, name)}
}

// on puts the gateway's name before what a person must mend there, where there are several.
func on(gateway string, gateways []string, err error) error {
	var failure *durable.Failure
	if len(managed.KeptGateways(gateways)) == 0 || !errors.As(err, &failure) {
		return err
	}
	return &durable.Failure{Code: failure.Code, Message: "On the gateway " + gateway + ": " + failure.Message, Err: failure.Err}
}
