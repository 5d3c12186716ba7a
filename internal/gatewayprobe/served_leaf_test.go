package gatewayprobe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestTheServedLeafIsTheOneForTheHostname(t *testing.T) {
	t.Parallel()
	shop, other := selfSigned(t, "shop.test"), selfSigned(t, "other.test")
	bySNI := func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName == "shop.test" {
			return &shop, nil
		}
		return &other, nil
	}
	for name, config := range map[string]*tls.Config{
		"TLS 1.3":    {GetCertificate: bySNI},
		"TLS 1.2":    {GetCertificate: bySNI, MaxVersion: tls.VersionTLS12},
		"mutual TLS": {GetCertificate: bySNI, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := serveTLS(t, config)
			leaf, err := New(Config{HTTPSPort: int(at.Port())}).ServedLeaf(t.Context(), "shop.test", at.Addr())
			if err != nil || !bytes.Equal(leaf, shop.Certificate[0]) {
				t.Errorf("got another leaf or %v", err)
			}
		})
	}
}

func TestNoLeafSaysWhy(t *testing.T) {
	t.Parallel()
	t.Run("no listener for the name", func(t *testing.T) {
		t.Parallel()
		at := serveTLS(t, noCertificate())
		_, err := New(Config{HTTPSPort: int(at.Port())}).ServedLeaf(t.Context(), "shop.test", at.Addr())
		if !errors.Is(err, ErrNoListener) {
			t.Errorf("got %v, want ErrNoListener", err)
		}
		wantTrouble(t, err, "no listener serves shop.test yet", "127.0.0.1 port")
	})
	t.Run("only old TLS", func(t *testing.T) {
		t.Parallel()
		at := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{selfSigned(t, "shop.test")}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		leaf, err := New(Config{HTTPSPort: int(at.Port())}).ServedLeaf(t.Context(), "shop.test", at.Addr())
		if errors.Is(err, ErrNoListener) || leaf != nil {
			t.Errorf("got %x, %v", leaf, err)
		}
		wantTrouble(t, err, "TLS")
	})
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		listener := listen(t) // the kernel accepts, no server answers
		_, err := New(Config{HTTPSPort: portOf(t, listener), Timeout: 100 * time.Millisecond}).ServedLeaf(t.Context(), "shop.test", loopback())
		wantTrouble(t, err, "nothing came within 100ms")
	})
	t.Run("no server listens", func(t *testing.T) {
		t.Parallel()
		listener := listen(t)
		port := portOf(t, listener)
		listener.Close()
		_, err := New(Config{HTTPSPort: port}).ServedLeaf(t.Context(), "shop.test", loopback())
		wantTrouble(t, err, "the connection was refused")
	})
}

// noCertificate makes a server that knows no name: its alert is unrecognized_name.
func noCertificate() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}
}

func serveTLS(t *testing.T, config *tls.Config) netip.AddrPort {
	t.Helper()
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				server := tls.Server(conn, config)
				server.Handshake()
				server.Read(make([]byte, 1)) // until the client goes
			}()
		}
	}()
	return netip.MustParseAddrPort(listener.Addr().String())
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func selfSigned(t *testing.T, hostname string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
