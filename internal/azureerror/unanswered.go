// Package azureerror knows what the SDK's errors have in common, whichever of
// Azure's services a call went to. What a service's own refusals mean is the
// business of its adapter.
package azureerror

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"certgate/internal/durable"
)

// Unanswered turns an error without an answer of a service into what the engine
// acts on. service is its name as it begins a sentence: "Key Vault shop", "The
// storage account files". verb says what was tried, for the log.
//
// What goes on from here holds no URL: it may hold a signature.
func Unanswered(service, verb string, err error) error {
	canceled := errors.Is(err, context.Canceled)
	err = WithoutURL(err)
	cause := fmt.Errorf("%s: %w", verb, err)
	var (
		token   *TokenError
		timeout net.Error
		unknown *net.DNSError
	)
	switch {
	case canceled:
		return cause // our own doing, nothing to tell
	case errors.As(err, &token):
		return &durable.Transient{Public: fmt.Sprintf("The app got no token for %s. Check that its managed identity is switched on and that the configured client id belongs to it.", inside(service)), Err: cause}
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return &durable.Transient{Public: fmt.Sprintf("The host name of %s does not resolve. Check its address in the settings and, with a private endpoint, its DNS zone.", inside(service)), Err: cause}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &durable.Transient{Public: fmt.Sprintf("%s did not answer in time.", service), Err: cause}
	}
	return &durable.Transient{Public: fmt.Sprintf("%s cannot be reached.", service), Err: cause}
}

// inside is a service's name within a sentence.
func inside(service string) string {
	if name, ok := strings.CutPrefix(service, "The "); ok {
		return "the " + name
	}
	return service
}
