package keyvault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/internal/retryafter"
)

// refusal is an error answer of the service, in one line. The SDK shows neither
// the inner code, which tells the causes of a 403 apart, nor Retry-After.
type refusal struct {
	status     int
	code       string
	inner      string
	message    string
	requestID  string // what Azure support asks for
	retryAfter time.Duration
	caller     string // the address from which the vault saw the call come, "" if it did not say
	err        *azcore.ResponseError
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("key vault answered %d %s", r.status, http.StatusText(r.status))
	if r.code != "" {
		text += " " + r.code
	}
	if r.inner != "" {
		text += "/" + r.inner
	}
	if r.message != "" {
		text += ": " + r.message
	}
	if r.requestID != "" {
		text += " (request " + r.requestID + ")"
	}
	return text
}

func (r *refusal) Unwrap() error { return r.err }

// asRefusal reads {"error":{"code","message","innererror":{"code"}}} from the
// answer, whose body the SDK has cached.
func asRefusal(err error) (*refusal, bool) {
	var reply *azcore.ResponseError
	if !errors.As(err, &reply) {
		return nil, false
	}
	r := &refusal{status: reply.StatusCode, code: reply.ErrorCode, err: reply}
	if reply.RawResponse == nil {
		return r, true
	}
	r.requestID = reply.RawResponse.Header.Get("x-ms-request-id")
	r.retryAfter = retryafter.In(reply.RawResponse.Header, time.Now())
	r.caller = callerIn(reply.RawResponse.Header.Get("x-ms-keyvault-network-info"))
	body, err := runtime.Payload(reply.RawResponse)
	if err != nil {
		return r, true
	}
	var doc struct {
		Error struct {
			Message string `json:"message"`
			Inner   struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &doc) == nil {
		r.inner = doc.Error.Inner.Code
		r.message = firstSentences(doc.Error.Message)
	}
	return r, true
}

// callerIn takes the caller's address from what the vault says of the network:
// "conn_type=Ipv4;addr=192.0.2.1;act_addr_fam=InterNetwork;".
func callerIn(network string) string {
	for part := range strings.SplitSeq(network, ";") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "addr="); ok {
			if addr, err := netip.ParseAddr(text); err == nil {
				return addr.String()
			}
		}
	}
	return ""
}

// from is the caller's address as a part of a sentence.
func (r *refusal) from() string {
	if r.caller == "" {
		return ""
	}
	return ", whose call came from " + r.caller
}

// firstSentences is the first line of a service's message, at most 400 bytes:
// what follows is caller, tenant and links.
func firstSentences(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	line = strings.TrimSpace(line)
	if len(line) > 400 {
		line = strings.ToValidUTF8(line[:400], "") + "…"
	}
	return line
}

func isStatus(err error, status int) bool {
	var reply *azcore.ResponseError
	return errors.As(err, &reply) && reply.StatusCode == status
}

// isPendingConflict recognises "a certificate operation is in progress": the
// service says 409 with, of all codes, Forbidden.
func isPendingConflict(err error) bool {
	r, ok := asRefusal(err)
	return ok && r.status == http.StatusConflict && r.code == "Forbidden"
}
