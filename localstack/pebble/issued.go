package pebble

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
)

// Issued is a certificate that the CA has made.
type Issued struct {
	Certificate *x509.Certificate
	Revoked     bool
}

// issuedLine is what Pebble writes when it has signed, before the order is valid.
var issuedLine = regexp.MustCompile(`Issued certificate serial ([0-9a-f]+) for order`)

// Issued lists the certificates of the present run, oldest first, whether or not
// a client has fetched them. Serials are in the CA's own log, the rest is asked of
// its management interface, which has forgotten those of runs before a Restart.
func (p *Pebble) Issued(ctx context.Context) ([]Issued, error) {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return nil, fmt.Errorf("list what pebble has issued: %w", err)
	}
	var all []Issued
	for _, found := range issuedLine.FindAllSubmatch(text, -1) {
		raw, err := p.get(ctx, fmt.Sprintf("https://%s/cert-status-by-serial/%s", loopback(p.ports.Management), found[1]))
		if status := new(statusError); errors.As(err, &status) && status.code == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask pebble for certificate %s: %w", found[1], err)
		}
		var status struct{ Certificate, Status string }
		if err := json.Unmarshal(raw, &status); err != nil {
			return nil, fmt.Errorf("ask pebble for certificate %s: %w", found[1], err)
		}
		block, _ := pem.Decode([]byte(status.Certificate))
		if block == nil {
			return nil, fmt.Errorf("pebble's certificate %s is not PEM", found[1])
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read pebble's certificate %s: %w", found[1], err)
		}
		all = append(all, Issued{Certificate: certificate, Revoked: status.Status == "Revoked"})
	}
	return all, nil
}
