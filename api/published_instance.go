package api

import (
	"encoding/json"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// customStatus is the published custom status of an instance that issues one
// certificate: its clients look for error in every reply, and take null for "not
// failed".
type customStatus struct {
	Status  string  `json:"status"`
	Message string  `json:"message"`
	Error   *string `json:"error"`
}

// publishedInput is the input and the custom status as clients of the flow parse
// them. An instance of AddCertificateFunctions has the bare hostname as its input,
// unless the request wanted more than one hostname; the other flows show what is stored.
func publishedInput(inst *durable.Instance) (input json.RawMessage, custom any) {
	hostname, ok := issuance.OnlyHostname(inst)
	if !ok {
		return inst.Input, inst.Custom
	}
	if name, err := json.Marshal(hostname); err == nil { // a string always encodes
		input = name
	}
	status := customStatus{Status: inst.Custom.Status, Message: inst.Custom.Message}
	if inst.Custom.Error != "" {
		status.Error = &inst.Custom.Error
	}
	return input, status
}
