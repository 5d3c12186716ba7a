package managed

import "slices"

// keepGateways leaves a certificate on the gateways that have it: who asks for it on one
// more takes it off none.
func (r *Record) keepGateways(old *Record) {
	r.Gateways = old.with(GatewaysOf(r.Gateways))
}

// ServeOn puts it on these gateways as well; none is the default one.
func (r *Record) ServeOn(names []string) {
	r.Gateways = r.with(GatewaysOf(names))
}

// with are these gateways and then those of the record, as records keep them.
func (r *Record) with(names []string) []string {
	all := slices.Clone(names)
	for _, name := range GatewaysOf(r.Gateways) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return KeptGateways(all)
}

// DefaultGateway is the gateway of the settings that begin with ApplicationGateway.
const DefaultGateway = "default"

// GatewaysOf are the names that a state or a record keeps, written out.
func GatewaysOf(kept []string) []string {
	if len(kept) == 0 {
		return []string{DefaultGateway}
	}
	return kept
}

// KeptGateways are names as states and records keep them: none for the default one alone.
func KeptGateways(names []string) []string {
	if len(names) == 1 && names[0] == DefaultGateway {
		return nil
	}
	return names
}

// KeptGateway is the name of one gateway as rows and states keep it: "" for the default one.
func KeptGateway(name string) string {
	if name == DefaultGateway {
		return ""
	}
	return name
}

// FirstGateway is the first of the gateways that serve it; "" for the default one.
func (r *Record) FirstGateway() string {
	return KeptGateway(GatewaysOf(r.Gateways)[0])
}

// Place is a listener with a certificate.
type Place struct {
	Gateway  string // by its name in the settings; "" for the default one
	Listener string
}
