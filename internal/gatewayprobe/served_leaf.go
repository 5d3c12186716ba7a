package gatewayprobe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// ErrNoListener says that the gateway answered the TLS handshake with the alert
// unrecognized_name (RFC 6066 section 3): no listener serves the hostname yet.
var ErrNoListener = issuance.ErrNoListener

// ServedLeaf returns the leaf that the gateway serves for hostname (DER). Its
// trust is not checked: the caller compares it byte for byte with the one it
// wants, which is stricter, and also holds for test CAs. Every error is a
// *durable.Transient; ErrNoListener is inside if that is the cause.
func (p *Prober) ServedLeaf(ctx context.Context, hostname string, addr netip.Addr) ([]byte, error) {
	chain, err := p.ServedChain(ctx, hostname, addr)
	if err != nil {
		return nil, err
	}
	return chain[0], nil
}

// ServedChain is ServedLeaf with the certificates that follow the leaf. It has
// one certificate at least.
func (p *Prober) ServedChain(ctx context.Context, hostname string, addr netip.Addr) ([][]byte, error) {
	return p.ServedChainAt(ctx, hostname, netip.AddrPortFrom(addr.Unmap(), p.httpsPort))
}

// ServedChainAt is ServedChain at any port. hostname "" sends no server name.
func (p *Prober) ServedChainAt(ctx context.Context, hostname string, at netip.AddrPort) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	raw, err := p.dial(ctx, "tcp", at.String())
	if err != nil {
		return nil, p.noLeaf(hostname, at, fmt.Errorf("%w: %w", issuance.ErrNotReached, err))
	}
	defer raw.Close()
	// A listener with mutual TLS shows its certificate and then ends the
	// handshake because there is no client certificate: that is no obstacle.
	var shown [][]byte
	conn := tls.Client(raw, &tls.Config{
		ServerName:         serverName(hostname),
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true,
		VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error {
			for _, certificate := range chain {
				shown = append(shown, bytes.Clone(certificate))
			}
			return nil
		},
	})
	err = conn.HandshakeContext(ctx)
	if err != nil && (shown == nil || !remoteAlert(err)) {
		return nil, p.noLeaf(hostname, at, err)
	}
	return shown, nil
}

// serverName is what a client asks for. No client asks for a wildcard itself (RFC
// 6066 section 3 has host names only), but for some name that it stands for.
func serverName(hostname string) string {
	if base, wildcard := strings.CutPrefix(hostname, "*."); wildcard {
		return "certgate-check." + base
	}
	return hostname
}

func (p *Prober) noLeaf(hostname string, at netip.AddrPort, err error) error {
	if unrecognizedName(err) {
		return &durable.Transient{
			Public: fmt.Sprintf("The Application Gateway answers at %s port %d, but no listener serves %s yet.", at.Addr(), at.Port(), hostname),
			Err:    fmt.Errorf("open TLS for %s at %s: %w: %w", hostname, at, ErrNoListener, err),
		}
	}
	return &durable.Transient{
		Public: fmt.Sprintf("No TLS connection for %s could be opened to %s port %d: %s.", hostname, at.Addr(), at.Port(), reason(err, p.timeout)),
		Err:    fmt.Errorf("open TLS for %s at %s: %w", hostname, at, err),
	}
}

// remoteAlert reports whether the other side ended the handshake with an alert.
func remoteAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// unrecognizedName recognises alert 112. The alert's own type is not exported
// outside QUIC, so its text is compared with that of the exported twin.
func unrecognizedName(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && op.Err.Error() == tls.AlertError(112).Error()
}

// reason says in a few words what kept an answer from coming.
func reason(err error, timeout time.Duration) string {
	var alert *net.OpError
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "the connection was reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to this address from here"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("nothing came within %s", timeout)
	case errors.As(err, &alert) && alert.Op == "remote error":
		return "the TLS handshake was refused (" + alert.Err.Error() + ")"
	}
	return "the connection ended early or did not speak the protocol"
}
