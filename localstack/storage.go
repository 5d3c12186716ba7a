package localstack

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"certgate/localstack/azurite"
	"certgate/localstack/dnsdoor"
	"certgate/localstack/pebble"
	"certgate/localstack/storagedoor"
)

// challengeContainer holds the validation files; its blobs are public, as the
// gateway reads them without an identity.
const challengeContainer = "acme"

func (s *Stack) startStorage(ctx context.Context) (err error) {
	s.Azurite, err = azurite.Start(ctx, azurite.Options{Dir: s.path("data/azurite"), OnDisk: s.onDisk()})
	if err != nil {
		return fmt.Errorf("storage emulator: %w", err)
	}
	s.onClose(func() {
		s.storageTurn.Lock()
		defer s.storageTurn.Unlock()
		s.Azurite.Stop()
	})
	s.Door, err = storagedoor.Start(storagedoor.Config{
		Upstream: s.Azurite.Ports(),
		Ports:    azurite.Ports{Blob: s.Ports.Blob, Queue: s.Ports.Queue, Table: s.Ports.Table},
		Also:     s.otherAddresses(),
	})
	if err != nil {
		return err
	}
	s.onClose(func() { s.Door.Close() })
	return s.makeContainer(ctx)
}

// onDisk reports whether the emulator's data outlives a restart of it.
func (s *Stack) onDisk() bool { return s.options.Keep || s.options.StorageOnDisk }

func (s *Stack) makeContainer(ctx context.Context) error {
	c, err := container.NewClientFromConnectionString(s.Azurite.ConnectionString(), challengeContainer, nil)
	if err != nil {
		return fmt.Errorf("challenge container: %w", err)
	}
	access := container.PublicAccessTypeBlob
	if _, err := c.Create(ctx, &container.CreateOptions{Access: &access}); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return fmt.Errorf("make the challenge container: %w", err)
	}
	return nil
}

// startSecondCA starts another Pebble that sees the same gateway. Its own DNS server
// answers as the first one's does at its start.
func (s *Stack) startSecondCA(ctx context.Context) error {
	second, err := pebble.Start(ctx, pebble.Options{
		Dir: s.path("second"), Authority: s.Authority, HTTPPort: s.Ports.GatewayHTTP, DefaultIPv4: GatewayAddress(0), Validity: 90 * 24 * time.Hour,
		CAAIdentities: []string{secondHost},
	})
	if err != nil {
		return fmt.Errorf("second certificate authority: %w", err)
	}
	s.Second = second
	s.onClose(second.Stop)
	return nil
}

// startCA starts Pebble. Its validations connect to the gateway's HTTP port, and
// its DNS server answers every name with the gateway's address; the handler asks that
// through a door.
func (s *Stack) startCA(ctx context.Context) (err error) {
	resolver := fmt.Sprintf("127.0.0.1:%d", s.Ports.DNS)
	s.Pebble, err = pebble.Start(ctx, pebble.Options{
		Resolver: func(dns string) string {
			if len(s.options.Zones) == 0 {
				return dns
			}
			resolver = s.startZones(dns)
			return resolver
		},
		Dir: s.path("pebble"), Authority: s.Authority,
		Ports:       pebble.Ports{ACME: s.Ports.ACME, Management: s.Ports.caManagement, DNS: s.Ports.DNS, DNSManagement: s.Ports.DNSManage},
		HTTPPort:    s.Ports.GatewayHTTP,
		DefaultIPv4: GatewayAddress(0), NonceReject: s.options.NonceReject, Validity: 90 * 24 * time.Hour,
	})
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	s.onClose(s.Pebble.Stop)
	if s.DNS, err = dnsdoor.Start(s.Ports.appDNS, resolver); err != nil {
		return err
	}
	s.onClose(s.DNS.Close)
	if s.options.SecondCA {
		return s.startSecondCA(ctx)
	}
	return nil
}
