// Command stepca is smallstep's step-ca as another authority than Pebble: the same
// server code, with a configuration that it makes up itself, for tests on one machine.
// It asks for an external account binding, whose key it makes: step-ca's own commands
// cannot, outside of its hosted service.
//
//	stepca -dir DIR -address 127.0.0.1:9000 -dns 127.0.0.1:8053 -http 8080
//
// Before it serves it writes root.pem, eab.json and its database into DIR. The
// directory is https://ADDRESS/acme/acme/directory.
package main

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/smallstep/certificates/acme"
	acmedb "github.com/smallstep/certificates/acme/db/nosql"
	"github.com/smallstep/certificates/authority/config"
	"github.com/smallstep/certificates/authority/provisioner"
	"github.com/smallstep/certificates/ca"
	"github.com/smallstep/certificates/db"
	"github.com/smallstep/nosql"
	"go.step.sm/crypto/minica"
	"go.step.sm/crypto/pemutil"
)

// provisionerID ties the binding's key to the provisioner.
const provisionerID = "certgate"

func main() {
	dir := flag.String("dir", "", "where root, keys and database are written")
	address := flag.String("address", "", "host:port to serve at")
	dns := flag.String("dns", "", "DNS server for validations, host:port")
	port := flag.Int("http", 80, "where http-01 validations connect to")
	flag.Parse()
	if err := serve(*dir, *address, *dns, *port); err != nil {
		log.Fatal(err)
	}
}

func serve(dir, address, dns string, port int) error {
	if dir == "" || address == "" || dns == "" {
		return errors.New("-dir, -address and -dns are needed")
	}
	acme.InsecurePortHTTP01 = port
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, dns)
	}}
	c, err := configure(dir, address)
	if err != nil {
		return err
	}
	store, err := db.New(c.DB)
	if err != nil {
		return err
	}
	if err := bind(store, filepath.Join(dir, "eab.json")); err != nil {
		return err
	}
	server, err := ca.New(c, ca.WithDatabase(store), ca.WithPassword([]byte{}))
	if err != nil {
		return err
	}
	return server.Run()
}

// configure makes root, intermediate and keys, and the configuration that names them.
func configure(dir, address string) (*config.Config, error) {
	authority, err := minica.New(minica.WithName("Other Authority"))
	if err != nil {
		return nil, err
	}
	root, intermediate, key := filepath.Join(dir, "root.pem"), filepath.Join(dir, "intermediate.pem"), filepath.Join(dir, "intermediate.key")
	if err := errors.Join(
		write(root, "CERTIFICATE", authority.Root.Raw), write(intermediate, "CERTIFICATE", authority.Intermediate.Raw), writeKey(key, authority.Signer)); err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	lifetime := &provisioner.Duration{Duration: 90 * 24 * time.Hour}
	return &config.Config{
		Root: []string{root}, IntermediateCert: intermediate, IntermediateKey: key,
		Address: address, DNSNames: []string{host},
		DB: &db.Config{Type: "bbolt", DataSource: filepath.Join(dir, "step-ca.db")},
		AuthorityConfig: &config.AuthConfig{Provisioners: provisioner.List{&provisioner.ACME{
			ID: provisionerID, Type: "ACME", Name: "acme", RequireEAB: true,
			Claims: &provisioner.Claims{DefaultTLSDur: lifetime, MaxTLSDur: lifetime},
		}}},
		TLS: &config.DefaultTLSOptions,
		// What is revoked can be read at https://ADDRESS/1.0/crl.
		CRL: &config.CRLConfig{Enabled: true, GenerateOnRevoke: true, CacheDuration: &provisioner.Duration{Duration: time.Hour}},
	}, nil
}

// bind makes the key of an external account binding and writes it for the client.
func bind(store db.AuthDB, file string) error {
	accounts, err := acmedb.New(store.(nosql.DB))
	if err != nil {
		return err
	}
	key, err := accounts.CreateExternalAccountKey(context.Background(), provisionerID, "certgate")
	if err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]string{"keyId": key.ID, "hmacKey": base64.RawURLEncoding.EncodeToString(key.HmacKey)})
	if err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o600)
}

func write(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func writeKey(file string, key crypto.Signer) error {
	block, err := pemutil.Serialize(key)
	if err != nil {
		return err
	}
	return os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}
