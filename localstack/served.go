package localstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"

	"certgate/localstack/vaultsim/bundle"
)

// NewestLeaf is the certificate that the vault has now under a secret id.
func (s *Stack) NewestLeaf(ctx context.Context, secretID string) (*x509.Certificate, error) {
	value, contentType, err := s.Secret(ctx, secretID)
	if err != nil {
		return nil, fmt.Errorf("read the vault: %w", err)
	}
	kept, err := bundle.Parse(value, contentType)
	if err != nil {
		return nil, fmt.Errorf("read the vault: %w", err)
	}
	return kept.Leaf()
}

// CheckServed compares the leaf that the gateway shows for the hostname with the
// one in the vault, and its chain with the CA's roots.
func (s *Stack) CheckServed(ctx context.Context, hostname, secretID string) error {
	roots, err := s.Pebble.Roots(ctx)
	if err != nil {
		return fmt.Errorf("read the CA's roots: %w", err)
	}
	return s.CheckServedBy(ctx, hostname, secretID, roots)
}

// CheckServedBy does the same for a certificate of other roots than the CA's.
func (s *Stack) CheckServedBy(ctx context.Context, hostname, secretID string, roots *x509.CertPool) error {
	leaf, err := s.NewestLeaf(ctx, secretID)
	if err != nil {
		return err
	}
	return s.checkAt(ctx, GatewayAddress(0), hostname, leaf, roots)
}

// CheckServedOn does it for the nth gateway, from 0.
func (s *Stack) CheckServedOn(ctx context.Context, n int, hostname, secretID string) error {
	roots, err := s.Pebble.Roots(ctx)
	if err != nil {
		return fmt.Errorf("read the CA's roots: %w", err)
	}
	leaf, err := s.NewestLeaf(ctx, secretID)
	if err != nil {
		return err
	}
	return s.checkAt(ctx, GatewayAddress(n), hostname, leaf, roots)
}

func (s *Stack) checkAt(ctx context.Context, address, hostname string, leaf *x509.Certificate, roots *x509.CertPool) error {
	dialer := tls.Dialer{Config: &tls.Config{ServerName: hostname, RootCAs: roots}}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(s.Ports.GatewayHTTPS)))
	if err != nil {
		return err
	}
	defer conn.Close()
	shown := conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	if !bytes.Equal(shown.Raw, leaf.Raw) {
		return fmt.Errorf("the gateway shows serial %x, the vault has %x", shown.SerialNumber, leaf.SerialNumber)
	}
	return nil
}
