package managed

import "slices"

// keepGateways leaves a certificate on the gateways that have it: who asks for it on one
// more takes it off none.
func (r *Record) keepGateways(old *Record) {
	r.Gateways = old.with(r.gateways())
}

// ServeOn puts it on these gateways as well; none is the default one.
func (r *Record) ServeOn(names []string) {
	r.Gateways = r.with((&Record{Gateways: names}).gateways())
}

// with are these gateways and then those of the record, as records keep them.
func (r *Record) with(names []string) []string {
	all := slices.Clone(names)
	for _, name := range r.gateways() {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if len(all) == 1 && all[0] == DefaultGateway {
		return nil
	}
	return all
}

// DefaultGateway is the gateway of the settings that begin with ApplicationGateway.
const DefaultGateway = "default"

func (r *Record) gateways() []string {
	if len(r.Gateways) == 0 {
		return []string{DefaultGateway}
	}
	return r.Gateways
}

// FirstGateway is the first of the gateways that serve it; "" for the default one.
func (r *Record) FirstGateway() string {
	if first := r.gateways()[0]; first != DefaultGateway {
		return first
	}
	return ""
}

// Place is a listener with a certificate.
type Place struct {
	Gateway  string // by its name in the settings; "" for the default one
	Listener string
}
