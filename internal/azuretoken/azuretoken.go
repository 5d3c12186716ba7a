// Package azuretoken tells a token that could not be had from a service that
// could not be reached: SDK clients mix the two.
package azuretoken

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Mark returns a credential whose errors are *Error.
func Mark(c azcore.TokenCredential) azcore.TokenCredential { return marked{c} }

type marked struct{ azcore.TokenCredential }

func (c marked) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		return token, &Error{err}
	}
	return token, nil
}

// Error says that there is no token.
type Error struct{ err error }

func (e *Error) Error() string { return "get token: " + e.err.Error() }
func (e *Error) Unwrap() error { return e.err }
