package storm

import "encoding/json"

// Report is the last line of a storm. Every figure from Stuck to SecretsFound must
// be 0; the others describe the storm.
type Report struct {
	// Instances is how many instances the API lists in the end, those that timers
	// started included, and those that it has lost.
	Instances int `json:"instances"`
	// Completed is how many of them did what was asked for.
	Completed int `json:"completed"`
	// Failed is how many failed or were terminated for a reason that the storm gave
	// them: DNS or CAA of the hostname, a target that refuses or stays behind, a termination, a message in the poison queue,
	// an authority that looked for the validation file while storage restarted.
	Failed int `json:"failed"`

	// Stuck is how many have not ended when the time after the faults is over.
	Stuck int `json:"stuck"`
	// Lost is how many were accepted (202) and are not known to the API any more,
	// or completed without their effect: the certificate is not in the vault, not on
	// the gateway, or not what a TLS handshake shows; what was retired is still on
	// the gateway; what was revoked is not revoked at the CA.
	Lost int `json:"lost"`
	// Unexplained is how many ended otherwise than by what was asked for, without a
	// reason that the storm gave them, and how many replies of the API were not
	// what it promises.
	Unexplained int `json:"unexplained"`
	// DuplicateOrders is how many certificates the CA issued beyond one for each
	// instance that issues, and how many such instances there are beyond one for each
	// call and each reason to renew. An order that is only abandoned is none: the
	// protocol has nothing by which a repeated new-order could be told.
	DuplicateOrders int `json:"duplicateOrders"`
	// DuplicateListeners is how many listeners, rules and certificate entries the
	// gateway has beyond one of each for a hostname.
	DuplicateListeners int `json:"duplicateListeners"`
	// Undelivered is how many targets serve another version than the newest of a
	// certificate in force though nobody was told so.
	Undelivered int `json:"undelivered"`
	// DuplicateDeliveries is how many deliveries there are beyond one for each target and
	// version.
	DuplicateDeliveries int `json:"duplicateDeliveries"`
	// LeftValidationFiles is how many blobs are left in the challenge container.
	LeftValidationFiles int `json:"leftValidationFiles"`
	// LeftTXTRecords is how many names have TXT records in the storm's zone.
	LeftTXTRecords int `json:"leftTxtRecords"`
	// LeftPendingOperations is how many operations are in progress in the vault
	// though every instance has ended.
	LeftPendingOperations int `json:"leftPendingOperations"`
	// ForeignMembersChanged is how many members of the gateway's document that
	// certgate does not own differ from what others last wrote.
	ForeignMembersChanged int `json:"foreignMembersChanged"`
	// SecretsFound is how many pairs of a secret and a file there are: storage on
	// disk, logs of the stack and of the handler, replies of the API, notifications.
	SecretsFound int `json:"secretsFound"`

	// Seconds is the time from the first request to the last end, audit apart.
	Seconds float64 `json:"seconds"`
	Seed    uint64  `json:"seed"`
	// Hosts is how many Functions hosts there were, or "flex".
	Hosts string `json:"hosts"`
}

// Clean reports whether everything is 0 that must be.
func (r Report) Clean() bool {
	return r.Stuck+r.Lost+r.Unexplained+r.DuplicateOrders+r.DuplicateListeners+r.Undelivered+r.DuplicateDeliveries+r.LeftValidationFiles+r.LeftTXTRecords+
		r.LeftPendingOperations+r.ForeignMembersChanged+r.SecretsFound == 0
}

// Line is the report as one line of JSON.
func (r Report) Line() string {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // numbers always encode
	}
	return string(line)
}
