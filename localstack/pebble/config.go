package pebble

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// config is Pebble's configuration file.
type config struct {
	Pebble settings `json:"pebble"`
}

type settings struct {
	ListenAddress           string             `json:"listenAddress"`
	ManagementListenAddress string             `json:"managementListenAddress"`
	Certificate             string             `json:"certificate"`
	PrivateKey              string             `json:"privateKey"`
	HTTPPort                int                `json:"httpPort"`
	TLSPort                 int                `json:"tlsPort"`
	BindingRequired         bool               `json:"externalAccountBindingRequired"`
	BindingKeys             map[string]string  `json:"externalAccountMACKeys,omitempty"`
	DomainBlocklist         []string           `json:"domainBlocklist,omitempty"`
	CAAIdentities           []string           `json:"caaIdentities"`
	KeyAlgorithm            string             `json:"keyAlgorithm"`
	Profiles                map[string]profile `json:"profiles"`
	RetryAfter              retryAfter         `json:"retryAfter"`
}

type profile struct {
	Description    string `json:"description"`
	ValidityPeriod int64  `json:"validityPeriod"` // seconds
}

type retryAfter struct {
	Authz int64 `json:"authz"` // seconds
	Order int64 `json:"order"` // seconds
}

const (
	defaultValidity    = 90 * 24 * time.Hour
	defaultCAAIdentity = "pebble.letsencrypt.org"
)

func (p *Pebble) configFile() string { return filepath.Join(p.options.Dir, "pebble.json") }

// writeConfig writes the configuration and the TLS pair. Doing it again for
// other ports replaces both.
func (p *Pebble) writeConfig() error {
	certFile, keyFile, err := p.writeTLSPair()
	if err != nil {
		return err
	}
	o := p.options
	validity, name, identities := o.Validity, o.Profile, o.CAAIdentities
	if validity == 0 {
		validity = defaultValidity
	}
	if name == "" {
		name = "default"
	}
	if identities == nil {
		identities = []string{defaultCAAIdentity}
	}
	text, err := json.MarshalIndent(config{settings{
		ListenAddress:           loopback(p.ports.ACME),
		ManagementListenAddress: loopback(p.ports.Management),
		Certificate:             certFile,
		PrivateKey:              keyFile,
		HTTPPort:                o.HTTPPort,
		TLSPort:                 o.HTTPPort, // tls-alpn-01, which is not answered here
		BindingRequired:         len(o.ExternalAccountKeys) > 0,
		BindingKeys:             o.ExternalAccountKeys,
		DomainBlocklist:         o.BlockedDomains,
		CAAIdentities:           identities,
		KeyAlgorithm:            "ecdsa", // starts in 9 ms, with rsa in 130 ms
		// Exactly one: an order without a profile gets a random one.
		Profiles: map[string]profile{
			name: {Description: fmt.Sprintf("Certificates of the local CA live for %d minutes.", int(validity.Minutes())), ValidityPeriod: int64(validity / time.Second)},
		},
		RetryAfter: retryAfter{Authz: int64(o.RetryAfterAuthz / time.Second), Order: int64(o.RetryAfterOrder / time.Second)},
	}}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(p.configFile(), text, 0o600)
}

func (p *Pebble) writeTLSPair() (certFile, keyFile string, err error) {
	pair, err := p.options.Authority.Issue("127.0.0.1", "localhost")
	if err != nil {
		return "", "", err
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(p.options.Dir, "server.pem"), filepath.Join(p.options.Dir, "server-key.pem")
	err = os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o644)
	if err != nil {
		return "", "", err
	}
	err = os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)
	return certFile, keyFile, err
}

// environment is all that the CA sees: variables of the parent do not change it.
func (p *Pebble) environment() []string {
	env := []string{
		"PEBBLE_VA_NOSLEEP=1", // else up to 5 s before each validation
		fmt.Sprintf("PEBBLE_WFE_NONCEREJECT=%d", p.options.NonceReject),
		fmt.Sprintf("PEBBLE_AUTHZREUSE=%d", p.options.AuthzReuse),
	}
	return append(env, p.options.Env...) // the last one wins
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
