package issuance

import (
	"encoding/json"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// OnlyHostname is the hostname of an instance that issues one certificate for one
// hostname, and of which nothing else is wanted; ok is false for the others.
func OnlyHostname(inst *durable.Instance) (name string, ok bool) {
	var in AddInput
	if inst.Flow != FlowAddCertificate || json.Unmarshal(inst.Input, &in) != nil || len(in.Hostnames) != 1 {
		return "", false
	}
	only := in.Hostnames[0]
	return only.Hostname, in.Options == (managed.Options{}) && only == (Wanted{Hostname: only.Hostname})
}
