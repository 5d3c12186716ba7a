package issuance

import (
	"encoding/json"

	"certgate/internal/durable"
)

// OnlyHostname is the hostname of an instance that issues one certificate for one
// hostname; ok is false for the other flows.
func OnlyHostname(inst *durable.Instance) (name string, ok bool) {
	var in Input
	if inst.Flow != FlowAddCertificate || json.Unmarshal(inst.Input, &in) != nil || len(in.Hostnames) != 1 {
		return "", false
	}
	return in.Hostnames[0].Hostname, true
}
