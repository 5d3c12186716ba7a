package appgateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/retryafter"
)

// State is how far a write has come.
type State string

const (
	InProgress State = "InProgress" // ask again
	Succeeded  State = "Succeeded"  // read again: only the document shows whether a change stands
	// Superseded: it ended without a verdict on the document. Another write
	// cancelled it, the service had a passing problem, or the operation is not
	// known any more. Read again and redo what is missing.
	Superseded State = "Superseded"
	Refused    State = "Refused" // the service tried and will not have the document
)

// Status is the answer to one Poll.
type Status struct {
	State      State
	RetryAfter time.Duration // InProgress: ARM's wish for the next Poll; 0 if it had none
	Refusal    *Refusal      // Refused: why
}

// Poll asks once how far a write has come; it never waits. Errors: as Read.
func (c *Client) Poll(ctx context.Context, resumeToken string) (Status, error) {
	poller, err := runtime.NewPollerFromResumeToken[json.RawMessage](resumeToken, c.arm.Pipeline(), nil)
	if err != nil {
		// A token of another release of certgate. Reading again mends it.
		return Status{State: Superseded}, nil //nolint:nilerr // it is the answer
	}
	resp, err := poller.Poll(ctx)
	var answer *azcore.ResponseError
	if errors.As(err, &answer) && answer.RawResponse != nil {
		if answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone {
			return Status{State: Superseded}, nil
		}
		err = serviceErrorOf(answer.RawResponse)
	}
	if err != nil {
		return Status{}, c.explain("follow the update of", err)
	}
	if !poller.Done() {
		return Status{State: InProgress, RetryAfter: retryafter.In(resp.Header, time.Now())}, nil
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return Status{}, c.explain("follow the update of", err)
	}
	return verdict(raw), nil
}

// verdict reads the last answer of an operation. A failure comes with HTTP
// status 200, so the status code says nothing.
func verdict(raw []byte) Status {
	word := gjson.GetBytes(raw, "status").String()
	if word == "" {
		word = gjson.GetBytes(raw, "properties.provisioningState").String()
	}
	switch strings.ToLower(word) {
	case "canceled", "cancelled":
		return Status{State: Superseded}
	case "failed":
		refusal := refusalOf(raw)
		if refusal.passing() {
			return Status{State: Superseded}
		}
		return Status{State: Refused, Refusal: refusal}
	}
	return Status{State: Succeeded}
}

// passing reports codes that say nothing against the document. Seen: the first
// on the loser of two writes, the others on writes that met another operation.
func (r *Refusal) passing() bool {
	for _, code := range append([]string{r.Code}, r.detailCodes()...) {
		switch {
		case code == "CanceledAndSupersededDueToAnotherOperation", code == "AnotherOperationInProgress",
			strings.HasPrefix(code, "RetryableError"), code == "InternalServerError":
			return true
		}
	}
	return false
}
