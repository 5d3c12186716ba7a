package managed

import "slices"

// keepGateways leaves a certificate on the gateways that have it: who asks for it on one
// more takes it off none.
func (r *Record) keepGateways(old *Record) {
	has, had := r.gateways(), old.gateways()
	for _, name := range had {
		if !slices.Contains(has, name) {
			has = append(slices.Clip(has), name)
		}
	}
	if len(has) > 1 || has[0] != defaultGateway {
		r.Gateways = has
	}
}

// defaultGateway is issuance.DefaultGateway.
const defaultGateway = "default"

func (r *Record) gateways() []string {
	if len(r.Gateways) == 0 {
		return []string{defaultGateway}
	}
	return r.Gateways
}

// FirstGateway is the first of the gateways that serve it; "" for the default one.
func (r *Record) FirstGateway() string {
	if first := r.gateways()[0]; first != defaultGateway {
		return first
	}
	return ""
}

// Place is a listener with a certificate.
type Place struct {
	Gateway  string // by its name in the settings; "" for the default one
	Listener string
}
