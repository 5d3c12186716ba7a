package azureerror

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// MarkTokens returns a credential whose errors are *TokenError: SDK clients mix a
// token that could not be had with a service that could not be reached.
func MarkTokens(c azcore.TokenCredential) azcore.TokenCredential { return marked{c} }

type marked struct{ azcore.TokenCredential }

func (c marked) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		return token, &TokenError{err}
	}
	return token, nil
}

// TokenError says that there is no token.
type TokenError struct{ err error }

func (e *TokenError) Error() string { return "get token: " + e.err.Error() }
func (e *TokenError) Unwrap() error { return e.err }
