package issuance

import (
	"encoding/json"
	"fmt"
	"slices"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Add is the start of the issuance of one hostname (A-label). Whatever installs a
// certificate for it, on these gateways, is joined; none is the default one.
func Add(hostname string, gateways ...string) (durable.Start, error) {
	return AddWith(hostname, false, managed.Options{}, gateways...)
}

// TakeOver is Add for a hostname whose certificate another manager may renew.
func TakeOver(hostname string, gateways ...string) (durable.Start, error) {
	return AddWith(hostname, true, managed.Options{}, gateways...)
}

// AddWith is Add, for a hostname whose certificate another manager may renew or for a
// certificate with options. An instance is not joined that would leave it to that manager,
// or that leads to other options.
func AddWith(hostname string, takeOver bool, options managed.Options, gateways ...string) (durable.Start, error) {
	input, err := json.Marshal(Input{Hostnames: []InputHostname{{Hostname: hostname}}, TakeOver: takeOver, Options: options, Gateways: managed.KeptGateways(gateways)})
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of an issuance: %w", err)
	}
	start := durable.Start{Flow: FlowAddCertificate, Claim: Claim(hostname), Input: input}
	start.Joins = func(active *durable.Instance) bool { return Installs(active) && onAll(active, gateways) }
	if takeOver || options != (managed.Options{}) {
		start.Joins = func(active *durable.Instance) bool {
			var in Input
			if !Installs(active) || !onAll(active, gateways) || json.Unmarshal(active.Input, &in) != nil {
				return false
			}
			return (!takeOver || active.Flow != FlowAddCertificate || in.TakeOver) && (options == (managed.Options{}) || in.Options == options)
		}
	}
	return start, nil
}

// AddAll is the start of the issuance of one certificate of several hostnames. Only the same
// request is joined: another one leads to other hostnames, or proves them otherwise.
func AddAll(in AddInput) (durable.Start, error) {
	input, err := json.Marshal(in)
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of an issuance: %w", err)
	}
	return durable.Start{Flow: FlowAddCertificate, Claim: Claim(in.Hostnames[0].Hostname), Input: input}, nil
}

// Installs tells the instances that end with a certificate in service. They alone are
// joined by whoever asks for one: another flow's end, of a retirement for example, is
// never a success.
func Installs(inst *durable.Instance) bool {
	return inst.Flow == FlowAddCertificate || inst.Flow == FlowRenewCertificate || inst.Flow == FlowImportCertificate || inst.Flow == FlowTakeOverListener
}

// installsAll tells those that end with a certificate of all these hostnames in service.
func installsAll(hostnames []string) func(*durable.Instance) bool {
	return func(inst *durable.Instance) bool {
		var in AddInput
		if !Installs(inst) || json.Unmarshal(inst.Input, &in) != nil {
			return false
		}
		return !slices.ContainsFunc(hostnames, func(name string) bool {
			return !slices.ContainsFunc(in.Hostnames, func(w Wanted) bool { return w.Hostname == name })
		})
	}
}

// onAll reports whether an instance installs its certificate on all of these gateways.
func onAll(inst *durable.Instance, gateways []string) bool {
	var in struct {
		Gateways []string `json:"gateways"`
	}
	if json.Unmarshal(inst.Input, &in) != nil {
		return false
	}
	for _, name := range managed.GatewaysOf(gateways) {
		if !slices.Contains(managed.GatewaysOf(in.Gateways), name) {
			return false
		}
	}
	return true
}
