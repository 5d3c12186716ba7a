package gatewayprobe

import (
	"context"
	"net/netip"
)

// Missing is what came back for a validation file that does not exist.
type Missing struct {
	Status int
	// Storage: the blob service answered, and not an application or the gateway.
	Storage bool
	// Code is the blob service's error code, such as "BlobNotFound".
	Code string
}

// MissingFile asks for a validation file that was never stored, the way a CA
// would. Its answer shows who stands behind the path before there is a file.
// Errors: as ChallengeFile.
func (p *Prober) MissingFile(ctx context.Context, hostname string, addr netip.Addr) (Missing, error) {
	last, err := p.walk(ctx, hostname, "certgate.check", addr) // a dot is no character of a token
	if err != nil {
		return Missing{}, err
	}
	// Every answer of Azure Storage has a request id; the gateway passes it on.
	return Missing{Status: last.status, Storage: last.header.Get("x-ms-request-id") != "", Code: last.header.Get("x-ms-error-code")}, nil
}
