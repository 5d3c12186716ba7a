package delivery

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// FlowName is published and stored in rows; it never changes.
const FlowName = "DeliverCertificateFunctions"

// The codes of deliveries that fail. Published.
const (
	CodeNotDelivered           = "CertificateNotDelivered" // not served in time
	CodeTargetAccessDenied     = "TargetAccessDenied"
	CodeTargetResourceNotFound = "TargetResourceNotFound"
	CodeTargetRefused          = "TargetRefusedCertificate"
)

// Codes lists the codes, so that a test can hold the documentation against them.
func Codes() []string {
	return []string{CodeNotDelivered, CodeTargetAccessDenied, CodeTargetResourceNotFound, CodeTargetRefused}
}

// awaitWithin is longer than any target may take, so that the step itself gives up,
// with the reason.
const awaitWithin = 8 * 24 * time.Hour

// Input is the published input of a delivery.
type Input struct {
	Target      string                   `json:"target"`
	Certificate string                   `json:"certificate"` // name in the vault
	Version     string                   `json:"version"`
	Hostnames   []issuance.InputHostname `json:"hostnames"` // those that go to the target
}

// state is what a delivery remembers between its turns.
type state struct {
	Input
	Result string `json:"result,omitempty"`
	// Puts counts how often the service was told; Operation follows the last time.
	Puts      int    `json:"puts,omitempty"`
	Operation string `json:"operation,omitempty"`
}

// What a delivery that completed came to. Published.
const (
	ResultServed     = "served"     // every endpoint serves it
	ResultSuperseded = "superseded" // a newer version is there, with a delivery of its own
	ResultDropped    = "dropped"    // the target or the certificate is not there any more
)

// Output is the published output of a delivery that completed.
type Output struct {
	Target      string `json:"target"`
	Certificate string `json:"certificate"`
	Version     string `json:"version"`
	Result      string `json:"result"`
}

// Definition is the flow.
func (d *Deliveries) Definition() durable.Definition {
	return durable.Flow[state]{
		Name:  FlowName,
		Title: "Deliver",
		Steps: []durable.Step[state]{
			{
				Name: "PushCertificateStep", Says: "Telling the target of the certificate of {hostname}.",
				Title: "Tell the target", Within: pushWithin, Run: d.push,
			},
			{
				Name: "AwaitDeliveryStep", Says: "Waiting until the target serves the certificate of {hostname}.",
				Title: "Look at what the target serves", Within: awaitWithin, Run: d.await,
			},
		},
		Begin: func(input json.RawMessage) (s state, err error) {
			if err = json.Unmarshal(input, &s.Input); err != nil {
				return s, fmt.Errorf("decode input: %w", err)
			}
			return s, nil
		},
		Subject:  func(s *state) string { return strings.Join(hostnamesOf(s.Input), ", ") },
		Finished: "The delivery is over.",
		Output: func(s *state) any {
			return Output{Target: s.Target, Certificate: s.Certificate, Version: s.Version, Result: s.Result}
		},
	}.Define()
}

func hostnamesOf(in Input) (list []string) {
	for _, h := range in.Hostnames {
		list = append(list, h.Hostname)
	}
	return list
}
